//! Reads our waveforms with a parser that is not ours.

use std::collections::HashMap;

use vcd::{Command, IdCode, Parser, ScopeItem, VarType};

/// The place of an access: scopes and offset.
pub(crate) type Place = (String, String, u64);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    /// Time of the access in nanoseconds.
    pub(crate) time: u64,
    pub(crate) place: Place,
    pub(crate) op: char,
    /// Bytes of the access; nothing for `?`, as for the value.
    pub(crate) width: Option<u64>,
    pub(crate) value: Option<u64>,
}

/// The accesses and losses that a file holds.
#[derive(Default)]
pub(crate) struct Wave {
    pub(crate) accesses: Vec<Access>,
    pub(crate) markers: Vec<(u64, String)>,
    /// Values of `losses` and `lost_events` when they change.
    pub(crate) losses: Vec<(u64, u64)>,
    /// Times at which values become unknown.
    pub(crate) unknown: Vec<(u64, Place)>,
    pub(crate) others: u64,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

#[derive(Clone, Debug)]
enum Variable {
    Value(Place, u64),
    Counter(Place, Option<u64>, char),
    Marker,
    Losses,
    Others,
    Rest,
}

/// Whether a name is `0x0020`, `0x0020_w4`, `0x0020_R`, `0x0020_w4_W`, `0x0020_unknown`, or one of the trace's own.
fn variable(scopes: &[String], name: &str, size: u32, sizes: &HashMap<String, u64>) -> Variable {
    match (scopes[0].as_str(), name) {
        ("trace", "marker") => return Variable::Marker,
        ("trace", "losses" | "lost_events") => return Variable::Losses,
        ("trace", _) => return Variable::Rest,
        (_, "others") => return Variable::Others,
        _ => {}
    }
    let digits = name[2..].split('_').next().unwrap();
    let told = |name: &str| name.split('_').find_map(|word| word.strip_prefix('w')?.parse::<u64>().ok());
    let place = (scopes[0].clone(), scopes[1].clone(), u64::from_str_radix(digits, 16).unwrap());
    let (register, end) = name.rsplit_once('_').unwrap_or((name, ""));
    match end {
        "R" | "W" => Variable::Counter(
            place,
            told(name).or_else(|| sizes.get(&path(scopes, register)).copied()),
            end.chars().next().unwrap(),
        ),
        "unknown" => Variable::Counter(place, None, '?'),
        _ => Variable::Value(place, told(name).unwrap_or(u64::from(size) / 8)),
    }
}

fn path(scopes: &[String], name: &str) -> String {
    scopes.join("/") + "/" + name
}

type Declared = Vec<(Vec<String>, vcd::Var)>;

fn declared(items: &[ScopeItem], scopes: &[String], out: &mut Declared) {
    for item in items {
        match item {
            ScopeItem::Scope(scope) => {
                declared(&scope.items, &[scopes, std::slice::from_ref(&scope.identifier)].concat(), out)
            }
            ScopeItem::Var(var) => out.push((scopes.to_vec(), var.clone())),
            _ => {}
        }
    }
}

/// Text in which each `\x20` has become a blank.
fn unescape(text: &str) -> String {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn read(text: &[u8]) -> Wave {
    let mut parser = Parser::new(text);
    let header = parser.parse_header().unwrap();
    let unit = match header.timescale.unwrap() {
        (1, vcd::TimescaleUnit::US) => 1000,
        (1, vcd::TimescaleUnit::NS) => 1,
        other => panic!("{other:?}"),
    };
    let mut all = Vec::new();
    declared(&header.items, &[], &mut all);
    let sizes: HashMap<String, u64> =
        all.iter().map(|(scopes, var)| (path(scopes, &var.reference), u64::from(var.size) / 8)).collect();
    let known: HashMap<IdCode, (Variable, u32)> = all
        .iter()
        .map(|(scopes, var)| {
            assert_eq!(var.var_type == VarType::String, var.reference == "marker");
            (var.code, (variable(scopes, &var.reference, var.size, &sizes), var.size))
        })
        .collect();
    assert_eq!(known.len(), all.len(), "codes are not unique");
    let (mut wave, mut now, mut values, mut counts) = (Wave::default(), None, HashMap::new(), HashMap::new());
    let mut initial = false;
    for command in parser {
        match command.unwrap() {
            Command::Timestamp(time) => {
                let time = time * unit;
                assert!(now.is_none_or(|before| before < time), "time stands still or goes back at {time}");
                wave.first = if now.is_none() { time } else { wave.first };
                (now, wave.last) = (Some(time), time);
            }
            Command::Begin(_) => initial = true,
            Command::End(_) => initial = false,
            Command::ChangeVector(..) if initial => {}
            Command::ChangeVector(code, bits) => {
                let (variable, size) = &known[&code];
                assert!(bits.len() <= *size as usize, "{variable:?} {bits}");
                let value = u64::from_str_radix(&bits.to_string(), 2).ok();
                let time = now.unwrap();
                match variable {
                    Variable::Value(place, width) => {
                        if value.is_none() {
                            wave.unknown.push((time, place.clone()));
                        }
                        values.insert((place.clone(), *width), value);
                    }
                    Variable::Counter(place, width, op) => {
                        let count = counts.entry(code).or_insert(0);
                        *count += 1;
                        assert_eq!(value, Some(*count), "a count was left out");
                        let value =
                            width.map(|width| values[&(place.clone(), width)].expect("the value is known"));
                        let (place, width, op) = (place.clone(), *width, *op);
                        wave.accesses.push(Access { time, place, op, width, value });
                    }
                    Variable::Losses => wave.losses.push((time, value.unwrap())),
                    Variable::Others => wave.others += 1,
                    Variable::Marker | Variable::Rest => {}
                }
            }
            Command::ChangeString(_, text) => wave.markers.push((now.unwrap(), unescape(&text))),
            other => panic!("{other:?}"),
        }
    }
    wave
}

pub(crate) fn scope(device: &str) -> String {
    device.replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

/// Nanoseconds of a time such as `1.234567` or `1.234567890`.
pub(crate) fn nanos(seconds: &str) -> u64 {
    let (whole, rest) = seconds.split_once('.').unwrap();
    whole.parse::<u64>().unwrap() * 1_000_000_000 + format!("{rest:0<9}").parse::<u64>().unwrap()
}
