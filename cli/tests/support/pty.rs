//! A terminal of its own for a program, and what a user would see on it.

use super::support::wait;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use vt100::{Color, Parser};

const ROWS: NonZeroU16 = NonZeroU16::new(24).unwrap();
const COLUMNS: NonZeroU16 = NonZeroU16::new(80).unwrap();

/// A program on a terminal of 80 by 24.
pub(crate) struct Pty {
    child: Child,
    terminal: File,
    /// Kept open, so that what the terminal is set to outlives the program.
    line: File,
    screen: Arc<Mutex<Parser>>,
}

impl Pty {
    /// Runs the program in a session whose terminal this is; needs `setsid` of util-linux.
    pub(crate) fn start(program: &Command) -> Self {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let size = Winsize { ws_row: ROWS.get(), ws_col: COLUMNS.get(), ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal, size).unwrap();
        let path = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
        let line = rustix::fs::open(
            path,
            rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY,
            rustix::fs::Mode::empty(),
        );
        let (terminal, line) = (File::from(terminal), File::from(line.unwrap()));

        let mut command = Command::new("setsid");
        command.arg("--ctty").arg("--wait").arg(program.get_program()).args(program.get_args());
        command.env("TERM", "xterm-256color");
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let child = command
            .stdin(line.try_clone().unwrap())
            .stdout(line.try_clone().unwrap())
            .stderr(line.try_clone().unwrap())
            .spawn()
            .unwrap();

        let screen = Arc::new(Mutex::new(Parser::new(ROWS, COLUMNS, 0)));
        let (shown, mut output) = (Arc::clone(&screen), terminal.try_clone().unwrap());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                shown.lock().unwrap().process(&bytes[..read]);
            }
        });
        Self { child, terminal, line, screen }
    }

    /// Waits until the screen has these words, and gives all of it.
    pub(crate) fn until(&self, words: &str) -> String {
        self.until_it(|screen| screen.contains(words))
    }

    /// Waits until this is true of the screen, and gives all of it. A page is written in pieces: what is to be true of it
    /// must be waited for at once.
    pub(crate) fn until_it(&self, is_so: impl Fn(&str) -> bool) -> String {
        wait(|| Some(self.screen()).filter(|screen| is_so(screen)))
    }

    pub(crate) fn screen(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Whether the program has a page of its own, which hides what was there.
    pub(crate) fn has_page(&self) -> bool {
        self.screen.lock().unwrap().screen().alternate_screen()
    }

    pub(crate) fn has_colours(&self) -> bool {
        let screen = self.screen.lock().unwrap();
        let mut cells = (0..ROWS.get()).flat_map(|row| (0..COLUMNS.get()).map(move |column| (row, column)));
        cells.any(|(row, column)| {
            screen.screen().cell(row, column).is_some_and(|cell| cell.fgcolor() != Color::Default)
        })
    }

    pub(crate) fn shows_cursor(&self) -> bool {
        !self.screen.lock().unwrap().screen().hide_cursor()
    }

    /// Whether what is typed is seen, and comes line by line, as a shell wants it.
    pub(crate) fn is_cooked(&self) -> bool {
        let modes = tcgetattr(&self.line).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.terminal.write_all(keys.as_bytes()).unwrap();
    }

    /// The program is the one process that was started: a process that leads no group becomes what setsid runs.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    pub(crate) fn ended(&mut self) -> ExitStatus {
        wait(|| self.child.try_wait().unwrap())
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
