//! What the kernel tells of a process group (proc(5)).

use rustix::process::Pid;
use std::fs;
use std::path::Path;

/// Whether every thread of every process of a group is stopped, or has ended.
pub(super) fn stands_still(group: Pid) -> bool {
    let group = group.as_raw_nonzero().to_string();
    let is_of_it = |process: &Path| stat(process).is_some_and(|stat| stat.group == group);
    let mut processes = entries(Path::new("/proc")).into_iter().filter(|process| is_of_it(process));
    processes.all(|process| {
        let threads = entries(&process.join("task"));
        threads.iter().filter_map(|thread| stat(thread)).all(|thread| "TtZX".contains(thread.state))
    })
}

struct Stat {
    state: char,
    group: String,
}

/// `None`: it is none, or gone.
fn stat(folder: &Path) -> Option<Stat> {
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // The name before it is in parentheses, and may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some(Stat { state, group: fields.nth(1)?.to_owned() })
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}
