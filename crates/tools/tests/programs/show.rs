//! `mmio-plot --show`, on a terminal of our own and without one.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};

use mmio_testkit::{run, sample, stderr, stdout};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

const PLOT: &str = env!("CARGO_BIN_EXE_mmio-plot");
const TERMINAL: [&str; 8] =
    ["TERM", "TERM_PROGRAM", "LC_TERMINAL", "KITTY_WINDOW_ID", "TMUX", "STY", "COLUMNS", "LINES"];

/// What the terminal gets from a run in it, standard error, and the exit code.
fn on_terminal(variables: &[(&str, &str)], args: &[&str]) -> (Vec<u8>, String, Option<i32>) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let theirs = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
    let theirs = File::options().read(true).write(true).open(theirs).unwrap();
    tcsetwinsize(&ours, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 720, ws_ypixel: 432 }).unwrap();
    let mut command = Command::new(PLOT);
    for name in TERMINAL {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).args(args).stdout(theirs).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // Has the other end open as long as it is there.
    drop(command);
    let mut ours = File::from(ours);
    let reader = std::thread::spawn(move || {
        let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
        // Once the other end is closed, reading fails.
        while let Ok(n @ 1..) = ours.read(&mut piece) {
            bytes.extend_from_slice(&piece[..n]);
        }
        bytes
    });
    let output = child.wait_with_output().unwrap();
    (reader.join().unwrap(), stderr(&output), output.status.code())
}

/// The PNG that `-o` makes.
fn png(args: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.png");
    stdout(PLOT, &[args, &["-o", path.to_str().unwrap()]].concat(), b"");
    std::fs::read(&path).unwrap()
}

fn decode(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => panic!("{c:?} is no letter of base64"),
    };
    let letters: Vec<u8> = text.trim_end_matches('=').bytes().map(value).collect();
    let bytes = letters.chunks(4).flat_map(|four| {
        let bits = four.iter().fold(0_u32, |bits, v| bits << 6 | u32::from(*v)) << (6 * (4 - four.len()));
        bits.to_be_bytes()[1..four.len()].to_vec()
    });
    bytes.collect()
}

#[test]
fn kitty_gets_the_png_in_pieces() {
    let path = sample("e1000e.txt");
    let args = ["heatmap", path.to_str().unwrap(), "--size", "800x500"];
    let (bytes, errors, code) = on_terminal(&[("TERM", "xterm-kitty")], &[&args[..], &["--show"]].concat());
    assert_eq!((code, &*errors), (Some(0), ""));
    let text = String::from_utf8(bytes).unwrap();
    let pieces: Vec<&str> = text.trim_end().split_terminator("\x1b\\").collect();
    assert!(pieces.len() > 2 && pieces[0].starts_with("\x1b_Ga=T,f=100,q=2,m=1;"), "{:.40}", pieces[0]);
    assert!(pieces[1].starts_with("\x1b_Gm=1;") && pieces.last().unwrap().starts_with("\x1b_Gm=0;"));
    let body: String = pieces.iter().map(|piece| piece.split_once(';').unwrap().1).collect();
    assert!(decode(&body) == png(&args));
}

#[test]
fn iterm_gets_the_png_as_wide_as_the_terminal() {
    let path = sample("i6300esb.txt");
    let args = ["timeline", path.to_str().unwrap()];
    let environment = [("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")];
    let (bytes, errors, code) = on_terminal(&environment, &[&args[..], &["--show"]].concat());
    assert_eq!((code, &*errors), (Some(0), ""));
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.trim_end().trim_end_matches('\x07').split_once(':').unwrap();
    let bytes = decode(body);
    assert_eq!(head, format!("\x1b]1337;File=inline=1;size={};width=100%", bytes.len()));
    let reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
    assert_eq!(reader.info().width, 720);
}

#[test]
fn a_terminal_that_cannot_show_it_gets_nothing() {
    let path = sample("i6300esb.txt");
    let args = ["map", path.to_str().unwrap(), "--show"];
    for (variables, words) in [
        (&[("TERM", "xterm-256color")][..], "not known to show pictures"),
        (&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux-0/default,1,0")], "tmux and screen"),
        (&[], "not known to show pictures"),
    ] {
        let (bytes, errors, code) = on_terminal(variables, &args);
        assert_eq!((&bytes[..], code), (&b""[..], Some(2)), "{variables:?}");
        assert!(errors.contains(words) && errors.contains("give -o a name"), "{errors}");
    }
}

#[test]
fn without_a_terminal_or_with_a_name_too_it_is_refused() {
    let path = sample("i6300esb.txt");
    let file = path.to_str().unwrap();
    for (args, words) in [
        (vec!["map", file, "--show"], "needs a terminal"),
        (vec!["map", file, "--show", "-o", "x.png"], "cannot be used with"),
        (vec!["map", file, "--show", "--by-mark"], "cannot be used with"),
        (vec!["map", file], "--output <OUT>"),
    ] {
        let output = run(PLOT, &args, b"");
        assert_eq!((output.status.code(), &output.stdout[..]), (Some(2), &b""[..]), "{args:?}");
        assert!(stderr(&output).contains(words), "{args:?}: {}", stderr(&output));
    }
}
