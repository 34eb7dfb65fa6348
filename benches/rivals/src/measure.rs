//! Marks: wall clock and CPU time of this process.

use std::time::Instant;

#[derive(Clone, Copy)]
pub struct Mark {
    wall: Instant,
    cpu: u64,
}

pub struct Result {
    pub records: u64,
    pub wall: u64,
    pub cpu: u64,
}

impl Mark {
    /// The beginning of what is measured. Tells the script, which looks at the broker's CPU time then.
    pub fn begin() -> Self {
        println!("begin");
        Self { wall: Instant::now(), cpu: cpu_nanos() }
    }

    pub fn until_now(self, records: u64) -> Result {
        Result { records, wall: self.wall.elapsed().as_nanos() as u64, cpu: cpu_nanos() - self.cpu }
    }
}

impl Result {
    pub fn json(&self) -> String {
        format!(
            r#"{{"records":{},"wall_ns":{},"cpu_ns":{},"peak_kb":{}}}"#,
            self.records,
            self.wall,
            self.cpu,
            peak_kb()
        )
    }
}

/// CPU time of all threads of this process.
fn cpu_nanos() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid for the call.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Peak resident memory.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0)
}
