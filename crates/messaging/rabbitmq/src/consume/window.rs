use std::ops::Range;

/// The largest message that publishers of a shop make, in bytes (decision D8): what is expected of a queue of
/// which nothing is known yet.
const LARGEST_MESSAGE: usize = 512 << 10;

/// Messages after which the means are believed enough to consume anew.
const ENOUGH: u16 = 64;

/// The weight of one message in the moving means.
const WEIGHT: f64 = 1.0 / 16.0;

/// How many messages of one queue may be on their way or held: enough events for two write batches, or for as many as
/// are worked on at once, by the recent mean of events per message, within the bytes that fall to the queue (decision D8).
#[derive(Debug)]
pub(crate) struct Window {
    rule: Rule,
    prefetch: u16,
    /// Messages since the queue was last consumed anew.
    arrived: u16,
    /// Of these, messages and events that are held.
    messages: u16,
    events: usize,
    recent: Option<Means>,
    quiet: bool,
}

/// Where the prefetch comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Always this many messages.
    Fixed(u16),
    /// As many as hold two batches of this many events.
    Batches(usize),
    /// As many as hold this many events, and no more messages than that.
    Events(usize),
}

/// Moving means over messages.
#[derive(Clone, Copy, Debug)]
struct Means {
    events: f64,
    bytes: f64,
}

impl Window {
    /// For a queue of which nothing is known, with so many bytes to it.
    pub(crate) fn new(rule: Rule, share: usize) -> Self {
        let largest = messages(share as f64 / LARGEST_MESSAGE as f64);
        let prefetch = match rule {
            Rule::Fixed(prefetch) => prefetch,
            Rule::Batches(_) => largest,
            Rule::Events(most) => messages(most as f64).min(largest),
        };
        Self { rule, prefetch, arrived: 0, messages: 0, events: 0, recent: None, quiet: false }
    }

    /// Messages that the broker may send ahead.
    pub(crate) fn prefetch(&self) -> u16 {
        self.prefetch
    }

    /// Counts a message with so many events and bytes.
    pub(crate) fn arrived(&mut self, events: usize, bytes: usize) {
        let (events_now, bytes_now) = (events as f64, bytes as f64);
        let means = self.recent.get_or_insert(Means { events: events_now, bytes: bytes_now });
        means.events += (events_now - means.events) * WEIGHT;
        means.bytes += (bytes_now - means.bytes) * WEIGHT;
        self.arrived = self.arrived.saturating_add(1);
        self.quiet = false;
        self.messages = self.messages.saturating_add(1);
        self.events += events;
    }

    /// Counts a message that is held no more.
    pub(crate) fn answered(&mut self, events: usize) {
        self.messages = self.messages.saturating_sub(1);
        self.events = self.events.saturating_sub(events);
    }

    /// Whether nothing has arrived since this was asked last, though there is room.
    pub(super) fn is_quiet(&mut self) -> bool {
        std::mem::replace(&mut self.quiet, true) && self.messages < self.prefetch
    }

    /// The prefetch to consume anew with, when the present one has become wrong: the means have moved twofold, or
    /// the window is full and holds too little.
    pub(crate) fn better(&self, share: usize) -> Option<u16> {
        let means = self.recent?;
        // How many events are to be held, how few are too few for a window that is full, and its most messages.
        let (aim, few, most) = match self.rule {
            Rule::Fixed(_) => return None,
            Rule::Batches(batch) => (2 * batch, batch, u16::MAX),
            Rule::Events(most) => (most, most, messages(most as f64)),
        };
        if self.arrived < self.prefetch.min(ENOUGH) {
            return None;
        }
        let room = messages(share as f64 / means.bytes.max(1.0)).min(most);
        let wanted = messages(aim as f64 / means.events.max(1.0)).min(room);
        let good: Range<u16> = self.prefetch / 2 + 1..self.prefetch.saturating_mul(2);
        let stuck = self.messages >= self.prefetch && self.events < few && wanted.max(room) > self.prefetch;
        match stuck {
            _ if !good.contains(&wanted) => (wanted != self.prefetch).then_some(wanted),
            true => Some(room.min(self.prefetch.saturating_mul(2))),
            false => None,
        }
    }

    /// The queue is consumed anew: messages that come from now on count towards a window of this size.
    pub(crate) fn renewed(&mut self, prefetch: u16) {
        (self.prefetch, self.arrived, self.messages, self.events) = (prefetch, 0, 0, 0);
    }
}

/// At least one message, or nothing would ever come.
fn messages(count: f64) -> u16 {
    // Saturates: a float beyond the range becomes its end.
    (count.ceil() as u16).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARE: usize = 4 << 20;

    fn window() -> Window {
        Window::new(Rule::Batches(500), SHARE)
    }

    fn arrive(window: &mut Window, count: usize, events: usize, bytes: usize) -> Option<u16> {
        (0..count).for_each(|_| window.arrived(events, bytes));
        window.better(SHARE)
    }

    #[test]
    fn an_unknown_queue_is_taken_for_one_of_largest_messages() {
        assert_eq!(window().prefetch(), 8);
        assert_eq!(Window::new(Rule::Batches(500), 1).prefetch(), 1);
    }

    #[test]
    fn messages_of_few_events_are_prefetched_in_numbers_and_those_of_many_one_by_one() {
        assert_eq!(arrive(&mut window(), 8, 1, 300), Some(1_000));
        assert_eq!(arrive(&mut window(), 8, 41, 12_000), Some(25));
        assert_eq!(arrive(&mut window(), 8, 256, 77_000), Some(4));
    }

    #[test]
    fn large_messages_are_bounded_by_their_bytes() {
        assert_eq!(arrive(&mut window(), 8, 1, 2 << 20), Some(2));
        assert_eq!(arrive(&mut window(), 8, 1, 100 << 20), Some(1));
    }

    #[test]
    fn a_prefetch_stays_until_the_means_move_twofold() {
        let mut window = window();
        window.renewed(25);
        for events in [41, 30, 60] {
            for _ in 0..100 {
                assert_eq!(arrive(&mut window, 1, events, 300 * events), None, "{events} events");
                window.answered(events);
            }
        }
        let moved = (0..100).find_map(|_| arrive(&mut window, 1, 5, 1_500));
        assert!(moved.is_some_and(|prefetch| prefetch >= 50), "{moved:?}");
    }

    #[test]
    fn a_full_window_with_less_than_a_batch_is_widened() {
        let mut window = window();
        (0..64).for_each(|_| window.arrived(41, 12_000));
        window.renewed(25);
        assert_eq!(arrive(&mut window, 18, 1, 300), None, "the window is not full yet");
        assert_eq!(arrive(&mut window, 6, 60, 18_000), None, "the window is not full yet");
        assert_eq!(arrive(&mut window, 1, 60, 18_000), Some(50), "438 events fill it");
    }

    #[test]
    fn of_events_that_travel_alone_as_many_are_held_as_are_worked_on() {
        let mut window = Window::new(Rule::Events(10), SHARE);
        assert_eq!(window.prefetch(), 8, "which may be large");
        assert_eq!(arrive(&mut window, 7, 1, 300), None, "the window is not full yet");
        assert_eq!(arrive(&mut window, 1, 1, 300), Some(10));
        window.renewed(10);
        assert_eq!(arrive(&mut window, 10, 1, 300), None);
        assert_eq!(arrive(&mut window, 1_000, 16, 4_800), Some(1), "fuller messages, as they were sent once");
        window.renewed(1);
        assert_eq!(arrive(&mut window, 1_000, 1, 300), Some(10));
        window.renewed(10);
        assert_eq!(arrive(&mut window, 100, 1, 3 << 20), Some(2), "large ones are bounded by their bytes");
    }

    #[test]
    fn a_fixed_prefetch_stays() {
        let mut window = Window::new(Rule::Fixed(7), 1);
        assert_eq!(arrive(&mut window, 1_000, 256, 1 << 20), None);
        assert_eq!(window.prefetch(), 7);
    }
}
