use rustix::process::{Resource, getrlimit, setrlimit};

/// Lets this process open as many files as it may: each look-up holds a connection, and the usual limit is 1,024. For
/// tests that make many look-ups, too.
pub fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}
