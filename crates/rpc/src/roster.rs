use crate::Channel;

/// The workers one by one, for what every one of them has to be asked; a [`Channel`] asks any.
pub trait Roster: Send + Sync {
    /// A way to each worker that is known now, whether or not it answers. What is asked this way speaks neither for
    /// nor against a worker.
    fn each(&self) -> Vec<Channel>;
}

/// The one worker that there is, such as that of this very process.
impl Roster for Channel {
    fn each(&self) -> Vec<Channel> {
        vec![self.clone()]
    }
}
