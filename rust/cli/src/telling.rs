//! Where a running engine's events go: standard error, and a file of JSON lines if one is named.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};

use gasket_core::event::Event;

use crate::args::TellingArguments;
use crate::failure::Failure;
use crate::print::{Printer, Scene, json_line};
use crate::terminal::Paint;

/// Writes events as they come.
#[derive(Debug)]
pub(crate) struct Telling {
    printer: Printer,
    file: Option<File>,
}

impl Telling {
    /// Opens the file, for appending. `device` is what the receipts call this machine.
    pub(crate) fn open(
        arguments: &TellingArguments,
        device: &'static str,
    ) -> Result<Self, Failure> {
        let file = arguments
            .events
            .as_deref()
            .map(|path| {
                OpenOptions::new()
                    .append(true)
                    .create(true)
                    .open(path)
                    .map_err(|error| {
                        Failure::Usage(format!("--events {}: {error}", path.display()))
                    })
            })
            .transpose()?;
        Ok(Self {
            printer: Printer {
                json: arguments.json,
                scene: Scene::Live(device),
                paint: Paint::for_stream(&io::stderr()),
                zone: jiff::tz::TimeZone::system(),
            },
            file,
        })
    }

    /// Tells `events`. Blocking goes on when telling fails, so a failure is only reported, once.
    pub(crate) fn tell(&mut self, events: &[Event]) {
        for event in events {
            // Standard error gone means nobody to tell.
            let _ = self.printer.event(&mut io::stderr().lock(), event, None);
            if let Err(error) = self.append(event) {
                self.file = None;
                eprintln!("gasket: events are no longer written to the file: {error}");
            }
        }
    }

    fn append(&mut self, event: &Event) -> io::Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        // One write a line, so that two runs may share a file.
        let mut line = Vec::new();
        json_line(&mut line, event)?;
        file.write_all(&line)
    }
}
