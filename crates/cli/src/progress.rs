//! A progress line for people who wait, once it takes longer than a moment: on a terminal one that is drawn anew, else a plain
//! line now and then, so that a log shows that something goes on.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use crate::render::voice::is_quiet;
use crate::world::Stopwatch;

/// What ends sooner needs no progress line.
const SILENCE: Duration = Duration::from_secs(2);
/// How often the line is drawn again.
const EVERY: Duration = Duration::from_millis(200);
/// How often a plain line is written where there is no terminal.
const PLAIN_EVERY: Duration = Duration::from_secs(10);
/// How many characters the bar has: with the words beside it, a line of 80.
const BAR: usize = 24;
/// Takes the line away: back to its start, and clear.
const CLEAR: &str = "\r\x1b[K";

/// One line that is drawn over and over, and taken away at the end.
#[derive(Debug)]
pub(crate) struct Line {
    watch: Stopwatch,
    drawn: Option<Duration>,
    place: Place,
}

/// Where the line goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Terminal,
    Plain,
    Nowhere,
}

impl Place {
    fn here() -> Self {
        match (is_quiet(), io::stderr().is_terminal()) {
            (true, _) => Self::Nowhere,
            (false, true) => Self::Terminal,
            (false, false) => Self::Plain,
        }
    }

    /// How soon the line is due, at first and then again.
    const fn due(self) -> Option<(Duration, Duration)> {
        match self {
            Self::Terminal => Some((SILENCE, EVERY)),
            Self::Plain => Some((PLAIN_EVERY, PLAIN_EVERY)),
            Self::Nowhere => None,
        }
    }
}

impl Line {
    /// A line that nothing stands on yet.
    pub(crate) fn start() -> Self {
        Self { watch: Stopwatch::start(), drawn: None, place: Place::here() }
    }

    /// Shows what `text` makes of the time that has gone by, if it is time to draw again.
    pub(crate) fn show(&mut self, text: impl FnOnce(Duration) -> String) {
        let elapsed = self.watch.elapsed();
        let Some((first, again)) = self.place.due() else { return };
        if elapsed < self.drawn.map_or(first, |drawn| drawn + again) {
            return;
        }
        self.drawn = Some(elapsed);
        match self.place {
            Place::Terminal => draw(&format!("{CLEAR}{}", text(elapsed))),
            Place::Plain | Place::Nowhere => draw(&format!("{}\n", text(elapsed))),
        }
    }
}

/// How far a reading has come.
#[derive(Debug)]
pub(crate) struct Progress {
    total: Option<u64>,
    done: u64,
    line: Line,
}

impl Progress {
    /// Nothing is read yet of `total` bytes, where that is known.
    pub(crate) fn of(total: Option<u64>) -> Self {
        Self { total: total.filter(|total| *total > 0), done: 0, line: Line::start() }
    }

    /// So many bytes more are read.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.at(self.done + bytes as u64);
    }

    /// So many bytes are read in all.
    pub(crate) fn at(&mut self, bytes: u64) {
        self.done = bytes;
        let (done, total) = (self.done, self.total);
        self.line.show(|elapsed| line(done, total, elapsed));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.drawn.is_some() && self.place == Place::Terminal {
            draw(CLEAR);
        }
    }
}

/// A line that cannot be drawn is no reason to stop.
fn draw(text: &str) {
    let mut errors = io::stderr().lock();
    _ = errors.write_all(text.as_bytes()).and_then(|()| errors.flush());
}

fn line(done: u64, total: Option<u64>, elapsed: Duration) -> String {
    let rate = u128::from(done) * 1000 / elapsed.as_millis().max(1);
    let rate = size(u64::try_from(rate).unwrap_or(u64::MAX));
    let Some(total) = total else { return format!("{}, {rate}/s", size(done)) };
    // A file that grows while it is read is full at its first size.
    let done = done.min(total);
    let share = u128::from(done) * 100 / u128::from(total);
    let left = elapsed.as_millis() * u128::from(total - done) / u128::from(done.max(1)) / 1000;
    format!("[{}] {share:>3} % of {}, {rate}/s, {left} s left", bar(done, total), size(total))
}

/// How long the rest takes, at the pace so far; nothing before a pace can be told.
pub(crate) fn left(done: u32, total: u32, elapsed: Duration) -> Option<Duration> {
    (done > 0).then(|| elapsed * total.saturating_sub(done) / done)
}

/// As much of a bar as is done.
fn bar(done: u64, total: u64) -> String {
    let filled = usize::try_from(u128::from(done) * BAR as u128 / u128::from(total)).unwrap_or(BAR);
    format!("{:.<BAR$}", "#".repeat(filled))
}

/// `12.3 GiB`: one digit after the point, rounded down.
pub(crate) fn size(bytes: u64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    match units.into_iter().find(|(_, shift)| bytes >> shift > 0) {
        Some((unit, shift)) => format!("{}.{} {unit}", bytes >> shift, ((bytes * 10) >> shift) % 10),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_that_fit_them() {
        assert_eq!(size(1023), "1023 bytes");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(12 << 30), "12.0 GiB");
    }

    #[test]
    fn what_is_left_is_told_at_the_pace_so_far_and_not_before_there_is_one() {
        assert_eq!(left(0, 30, Duration::from_secs(9)), None);
        assert_eq!(left(10, 30, Duration::from_secs(9)), Some(Duration::from_secs(18)));
        assert_eq!(left(31, 30, Duration::from_secs(9)), Some(Duration::ZERO));
    }

    #[test]
    fn a_line_is_plain_and_seldom_where_there_is_no_terminal() {
        assert_eq!(Place::Plain.due(), Some((PLAIN_EVERY, PLAIN_EVERY)));
        assert_eq!(Place::Nowhere.due(), None);
    }

    #[test]
    fn the_line_tells_share_rate_and_time_left_and_without_a_size_how_much() {
        let two = Duration::from_secs(2);
        let half = "[############............]  50 % of 1.0 GiB, 256.0 MiB/s, 2 s left";
        assert_eq!(line(512 << 20, Some(1 << 30), two), half);
        let whole = "[########################] 100 % of 1.0 GiB, 1.0 GiB/s, 0 s left";
        assert_eq!(line(2 << 30, Some(1 << 30), two), whole);
        assert_eq!(line(512 << 20, None, two), "512.0 MiB, 256.0 MiB/s");
    }
}
