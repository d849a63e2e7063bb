//! Lists the processes of a group, and measures their resource usage.

use std::time::Duration;

use nix::unistd::{self, getpgid};
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};
use wsspec_record::Usage;

/// The processes of one group.
pub(super) struct Members {
    group: unistd::Pid,
    system: System,
}

impl Members {
    pub(super) fn of(group: unistd::Pid) -> Self {
        Self { group, system: System::new() }
    }

    /// Whether all of them have exited.
    pub(super) fn are_gone(&mut self) -> bool {
        self.living().is_empty()
    }

    /// Their total usage; `None` without processes.
    pub(super) fn usage(&mut self) -> Option<Usage> {
        let living = self.living();
        let what = ProcessRefreshKind::nothing().with_memory().with_cpu().with_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&living), true, what);
        let used = living.iter().filter_map(|pid| self.system.process(*pid)).map(used);
        used.reduce(|a, b| Usage {
            memory: a.memory + b.memory,
            cpu: a.cpu + b.cpu,
            descriptors: a.descriptors.zip(b.descriptors).map(|(a, b)| a + b),
            threads: a.threads.zip(b.threads).map(|(a, b)| a + b),
        })
    }

    fn living(&mut self) -> Vec<Pid> {
        let what = ProcessRefreshKind::nothing().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
        let ours = |pid: &Pid| {
            let pid = i32::try_from(pid.as_u32()).ok().map(unistd::Pid::from_raw);
            pid.is_some_and(|pid| getpgid(Some(pid)) == Ok(self.group))
        };
        let ended = |status| matches!(status, ProcessStatus::Zombie | ProcessStatus::Dead);
        let processes = self.system.processes().iter();
        processes
            .filter(|(pid, process)| !ended(process.status()) && ours(pid))
            .map(|(pid, _)| *pid)
            .collect()
    }
}

fn used(process: &sysinfo::Process) -> Usage {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Usage {
        memory: process.memory(),
        cpu: Duration::from_millis(process.accumulated_cpu_time()),
        descriptors: process.open_files().map(count),
        // The first thread is the process itself, which is not listed as a task.
        threads: process.tasks().map(|tasks| count(tasks.len()).max(1)),
    }
}
