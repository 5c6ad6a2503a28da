//! Where a running engine's events go: standard error, and a chained file of JSON lines if one is named.

use std::io;
use std::sync::Arc;

use gasket_core::chain;
use gasket_core::config::Config;
use gasket_core::event::Event;
use gasket_core::receipt::Scene;
use gasket_core::rules::Pack;

use crate::args::TellingArguments;
use crate::failure::Failure;
use crate::print::{Printer, json_line};
use crate::record::Record;
use crate::terminal::{self, Paint};

/// Writes events as they come.
#[derive(Debug)]
pub(crate) struct Telling {
    printer: Printer,
    record: Option<Record>,
    settings: String,
}

impl Telling {
    /// Opens the file, for appending. `config` and `pack` are what will be judged by.
    pub(crate) fn open(
        arguments: &TellingArguments,
        config: &Config,
        pack: &Arc<Pack>,
    ) -> Result<Self, Failure> {
        let record = arguments
            .events
            .as_deref()
            .map(|path| Record::open(path).map_err(Failure::Usage))
            .transpose()?;
        // Types of ours: nothing serde_json could refuse.
        let settings = serde_json::to_vec(config).unwrap_or_default();
        Ok(Self {
            printer: Printer {
                json: arguments.json,
                scene: Scene::Computer,
                language: arguments.language.chosen(),
                pack: Arc::clone(pack),
                paint: Paint::for_stream(&io::stderr()),
                columns: terminal::columns(&io::stderr()),
                zone: jiff::tz::TimeZone::system(),
            },
            record,
            settings: chain::hash(&settings),
        })
    }

    /// Notes that protection has begun.
    pub(crate) fn begin(&mut self) {
        let settings = self.settings.clone();
        self.write(|record| record.begin(settings));
    }

    /// Tells `events`. Blocking goes on when telling fails, so a failure is only reported, once.
    pub(crate) fn tell(&mut self, events: &[Event]) {
        for event in events {
            // Standard error gone means nobody to tell.
            let _ = self.printer.event(&mut io::stderr().lock(), event, false);
            self.write(|record| {
                let mut line = Vec::new();
                json_line(&mut line, event)?;
                record.append(&line)
            });
        }
    }

    /// Notes that protection has ended in order.
    pub(crate) fn end(mut self) {
        self.write(Record::end);
    }

    fn write(&mut self, write: impl FnOnce(&mut Record) -> io::Result<()>) {
        if let Some(record) = &mut self.record
            && let Err(error) = write(record)
        {
            self.record = None;
            eprintln!("gasket: events are no longer written to the file: {error}");
        }
    }
}
