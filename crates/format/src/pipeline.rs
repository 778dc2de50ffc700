//! Work on several threads with results in order.

use crate::error::Result;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Jobs that wait or run per thread. More would only hold memory.
const JOBS_PER_THREAD: usize = 2;

/// Runs `produce` → worker → `consume` until `produce` returns `false`, the work on `threads` threads.
///
/// `produce` fills an input and `consume` takes an output, both on the calling thread and in order, so
/// results do not depend on the number of threads. Each thread has its own worker. Inputs and outputs
/// are used again: whoever fills one must clear it first. With one thread all runs on the calling one.
///
/// # Errors
/// The first error in the order of the inputs, wherever it came up; `consume` saw everything before it.
pub fn ordered_map<I, O, W>(
    threads: usize,
    produce: impl FnMut(&mut I) -> Result<bool>,
    make_worker: impl Fn() -> W,
    consume: impl FnMut(&mut O) -> Result<()>,
) -> Result<()>
where
    I: Default + Send,
    O: Default + Send,
    W: FnMut(&mut I, &mut O) -> Result<()> + Send,
{
    if threads <= 1 {
        return inline(produce, make_worker(), consume);
    }
    std::thread::scope(|scope| {
        let lanes: Vec<Lane<I, O>> = (0..threads)
            .map(|_| {
                let (jobs, inbox) = channel::<Job<I, O>>();
                let (outbox, results) = channel();
                let mut worker = make_worker();
                scope.spawn(move || {
                    for mut job in inbox {
                        job.result = worker(&mut job.input, &mut job.output);
                        if outbox.send(job).is_err() {
                            break;
                        }
                    }
                });
                Lane { jobs, results }
            })
            .collect();
        feed(&lanes, produce, consume)
    })
}

struct Job<I, O> {
    input: I,
    output: O,
    result: Result<()>,
}

/// The way to a worker and back.
struct Lane<I, O> {
    jobs: Sender<Job<I, O>>,
    results: Receiver<Job<I, O>>,
}

fn inline<I: Default, O: Default>(
    mut produce: impl FnMut(&mut I) -> Result<bool>,
    mut worker: impl FnMut(&mut I, &mut O) -> Result<()>,
    mut consume: impl FnMut(&mut O) -> Result<()>,
) -> Result<()> {
    let (mut input, mut output) = (I::default(), O::default());
    while produce(&mut input)? {
        worker(&mut input, &mut output)?;
        consume(&mut output)?;
    }
    Ok(())
}

/// Deals the jobs out in turn and takes the results back in the same turn, which keeps them in order. Dropping the
/// lanes on return ends the workers.
fn feed<I: Default, O: Default>(
    lanes: &[Lane<I, O>],
    mut produce: impl FnMut(&mut I) -> Result<bool>,
    mut consume: impl FnMut(&mut O) -> Result<()>,
) -> Result<()> {
    let mut free = VecDeque::new();
    let (mut sent, mut taken) = (0, 0);
    let mut end = None;
    loop {
        while end.is_none() && sent - taken < lanes.len() * JOBS_PER_THREAD {
            let mut job = free.pop_front().unwrap_or_else(|| Job {
                input: I::default(),
                output: O::default(),
                result: Ok(()),
            });
            match produce(&mut job.input) {
                Ok(true) => {
                    if lanes[sent % lanes.len()].jobs.send(job).is_err() {
                        return Ok(()); // The worker panicked; the scope passes the panic on.
                    }
                    sent += 1;
                }
                Ok(false) => end = Some(Ok(())),
                Err(error) => end = Some(Err(error)),
            }
        }
        if sent == taken {
            return end.unwrap_or(Ok(()));
        }
        let Ok(mut job) = lanes[taken % lanes.len()].results.recv() else { return Ok(()) };
        taken += 1;
        std::mem::replace(&mut job.result, Ok(()))?;
        consume(&mut job.output)?;
        free.push_back(job);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Position};

    fn error(n: u64) -> Error {
        Error::Data { what: n.to_string(), place: Position::default() }
    }

    /// Squares of 0..n, with errors where asked.
    fn squares(threads: usize, n: u64, bad: [u64; 3]) -> (Vec<u64>, Result<()>) {
        let mut next = 0;
        let mut seen = Vec::new();
        let produce = |i: &mut u64| {
            *i = next;
            next += 1;
            if *i == bad[0] { Err(error(*i)) } else { Ok(*i < n) }
        };
        let worker = || {
            move |i: &mut u64, o: &mut u64| {
                if i.is_multiple_of(7) {
                    std::thread::yield_now();
                }
                *o = *i * *i;
                if *i == bad[1] { Err(error(*i)) } else { Ok(()) }
            }
        };
        let consume = |o: &mut u64| {
            if *o == bad[2] * bad[2] {
                return Err(error(bad[2]));
            }
            seen.push(*o);
            Ok(())
        };
        let result = ordered_map(threads, produce, worker, consume);
        (seen, result)
    }

    #[test]
    fn results_are_in_order_for_any_number_of_threads() {
        let none = [u64::MAX, u64::MAX, 1 << 31];
        for threads in [1, 2, 3, 8] {
            let (seen, result) = squares(threads, 500, none);
            assert!(result.is_ok());
            assert_eq!(seen, (0..500).map(|i| i * i).collect::<Vec<u64>>());
            assert_eq!(squares(threads, 0, none).0, [0u64; 0]);
        }
    }

    #[test]
    fn the_first_error_stops_all() {
        for threads in [1, 2, 5] {
            for place in 0..3 {
                let mut bad = [u64::MAX, u64::MAX, 1 << 31];
                bad[place] = 100;
                let (seen, result) = squares(threads, 5000, bad);
                assert_eq!(seen, (0..100).map(|i| i * i).collect::<Vec<u64>>(), "place {place}");
                assert_eq!(result.unwrap_err().to_string(), "100 at an unknown place");
            }
        }
    }

    #[test]
    #[should_panic(expected = "scoped thread panicked")]
    fn a_panic_in_a_worker_is_passed_on() {
        let mut left = 100;
        let produce = |_: &mut ()| {
            left -= 1;
            Ok(left > 0)
        };
        let worker = || |_: &mut (), _: &mut ()| panic!("deliberate");
        let _ = ordered_map(2, produce, worker, |_: &mut ()| Ok(()));
    }
}
