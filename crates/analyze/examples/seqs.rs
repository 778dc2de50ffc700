//! Throw-away: prints the sequences of a text log.
use mmio_analyze::seqs::{self, Item, Value};
use mmio_analyze::stream::{Stream, Symbol};
use mmio_format::Kind;
use std::collections::HashMap;

fn num(s: &str) -> u64 {
    u64::from_str_radix(s.trim_start_matches("0x"), 16).unwrap_or(0)
}

fn show(items: &[Item]) -> String {
    let mut out = Vec::new();
    for i in items {
        out.push(match i {
            Item::Loop { steps, repeat } => format!("{{ {} }}x{:?}", show(steps), repeat),
            Item::Step(s) => {
                let mut t = format!("{}{} {}+{:x}", s.op.op().unwrap(), s.width, s.bar, s.offset);
                if s.stride != 0 {
                    t += &format!("..+{:x} by {}", s.offset + s.span, s.stride)
                }
                t += &match &s.value {
                    Value::Absent => "".into(),
                    Value::Fixed(v) => format!("={v:x}"),
                    Value::OneOf(v) => format!("={v:x?}"),
                    Value::Stride(d) => format!("=>{d:+}"),
                    Value::Free => "=*".into(),
                };
                if s.repeat != [1, 1] {
                    t += &format!(" x{}..{}", s.repeat[0], s.repeat[1])
                }
                if let Some(e) = s.exit {
                    t += &format!(" until &{:x}=={:x}", e.mask, e.value)
                }
                t
            }
        });
    }
    out.join("; ")
}

fn main() {
    let a: Vec<String> = std::env::args().collect();
    let text = std::fs::read(&a[1]).unwrap();
    let text = String::from_utf8_lossy(&text);
    let inter = a.iter().any(|x| x == "-i");
    let top = a.get(2).and_then(|t| t.parse().ok()).unwrap_or(20);
    let mut bars = vec![];
    let mut names: Vec<String> = vec!["mem".into()];
    let mut maps: Vec<(u64, u64, u16)> = vec![];
    for l in text.lines() {
        let f: Vec<&str> = l.split(' ').collect();
        if f[0] == "PCIDEV" && f.len() > 17 {
            names.push(f[1].into());
            for b in 0..7 {
                let s = num(f[4 + b]);
                let n = num(f[11 + b]);
                if n > 0 && s & 1 == 0 {
                    bars.push((s & !15, n, names.len() as u16 - 1, b as u8));
                }
            }
        }
        if f[0] == "MAP" && f.len() > 5 {
            let p = num(f[3]);
            maps.push((p & !0xfff, num(f[5]) + (p & 0xfff), 0));
        }
    }
    let mut streams: Vec<Stream> = vec![];
    let mut of: HashMap<u16, usize> = HashMap::new();
    let mut sym: HashMap<Symbol, u32> = HashMap::new();
    let mut idx = 0u64;
    for l in text.lines() {
        let mut f = l.split(' ');
        let k = f.next().unwrap();
        let (op, w) = match k {
            "R" => (Kind::READ, f.next()),
            "W" => (Kind::WRITE, f.next()),
            "UNKNOWN" => (Kind::UNKNOWN, Some("0")),
            "CPU:0" => {
                for s in &mut streams {
                    let n = s.len();
                    s.breaks.push(n);
                }
                continue;
            }
            _ => continue,
        };
        let t = f.next().unwrap_or("0");
        let _ = f.next();
        let p = num(f.next().unwrap_or("0"));
        let v = num(f.next().unwrap_or("0"));
        let (d, b, o) = bars.iter().find(|x| x.0 <= p && p < x.0 + x.1).map_or_else(
            || {
                maps.iter().find(|x| x.0 <= p && p < x.0 + x.1).map_or((0, 0, p), |x| {
                    let id = names.iter().position(|n| *n == format!("mem:{:x}", x.0));
                    let id = id.unwrap_or_else(|| {
                        names.push(format!("mem:{:x}", x.0));
                        names.len() - 1
                    });
                    (id as u16, 0, p - x.0)
                })
            },
            |x| (x.2, x.3, p - x.0),
        );
        let si = *of.entry(if inter { 0 } else { d }).or_insert_with(|| {
            streams.push(Stream::default());
            streams.len() - 1
        });
        let s = Symbol { device: d, bar: b, offset: o, op, width: w.unwrap().parse().unwrap_or(0) };
        let st = &mut streams[si];
        let y = *sym.entry(s).or_insert_with(|| {
            st.symbols.push(s);
            st.symbols.len() as u32 - 1
        });
        st.symbol.push(y);
        st.value.push(if op == Kind::UNKNOWN { 0 } else { v });
        st.index.push(idx);
        idx += 1;
        let (a, c) = t.split_once('.').unwrap_or(("0", "0"));
        st.time.push(a.parse::<u64>().unwrap_or(0) * 1_000_000_000 + c.parse::<u64>().unwrap_or(0) * 1000);
    }
    let cpu = || {
        std::fs::read_to_string("/proc/self/schedstat")
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap() as f64
            / 1e9
    };
    let before = cpu();
    let t = std::time::Instant::now();
    let r = seqs::find(&streams, &seqs::Options { top, ..Default::default() });
    let e = t.elapsed();
    let used = cpu() - before;
    for (i, s) in r.sequences.iter().enumerate() {
        println!(
            "#{} {} x{} acc {} ({:.1}%) own {} saved {:.0} first {:.6}\n    {}",
            i + 1,
            names[s.device as usize],
            s.count,
            s.accesses,
            100.0 * s.accesses as f64 / r.total as f64,
            s.own,
            s.saved,
            s.first.1 as f64 / 1e9,
            show(&s.steps)
        );
    }
    println!(
        "explained {}/{} = {:.1}%  in {:?} cpu {used:.3}",
        r.explained,
        r.total,
        100.0 * r.explained as f64 / r.total.max(1) as f64,
        e
    );
}
