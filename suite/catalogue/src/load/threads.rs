//! Work on files shared by threads: reading the catalogue takes most of the time in which wsspec starts.

use std::{
    panic::resume_unwind,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// More threads than this take longer to start than they save.
const MOST_THREADS: usize = 4;

/// What `read` makes of each path, in order.
pub(super) fn side_by_side<'p, T: Send>(paths: &[&'p str], read: impl Fn(&'p str) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || -> Vec<(usize, T)> {
        std::iter::from_fn(|| {
            let at = next.fetch_add(1, Ordering::Relaxed);
            paths.get(at).map(|path| (at, read(path)))
        })
        .collect()
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS).min(paths.len());
    let mut done = thread::scope(|scope| {
        // Where the system has no thread to give, the others do its share.
        let others: Vec<_> =
            (1..threads).filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok()).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|&(at, _)| at);
    done.into_iter().map(|(_, read)| read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_paths() {
        let names: Vec<String> = (0..37).map(|number| number.to_string()).collect();
        for count in [0, 1, 2, 5, 37] {
            let paths: Vec<&str> = names[..count].iter().map(String::as_str).collect();
            assert_eq!(side_by_side(&paths, |path| path), paths);
        }
    }
}
