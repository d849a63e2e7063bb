//! What commands that play trials have in common: what they read before, and what they print and write after.

use std::sync::Arc;

use wsspec_catalogue::{Baseline, Bug, Catalogue, Filter, Plan};
use wsspec_record::{Record, RunEvent};
use wsspec_reports::{exit_status, guide};
use wsspec_runner::RunOptions;
use wsspec_wire::Role;

use crate::{
    baseline::baseline,
    bless::{self, BlessedRun},
    catalogue::Source,
    config::{Chosen, Config, ConfigArgs},
    exit_status::ExitStatus,
    failure::CommandError,
    grading::GradingArgs,
    output::OutputArgs,
};

/// The settings and the cases of a command, both checked.
pub struct Preparation<'a> {
    /// The settings.
    pub config: Config,
    /// The cases.
    pub catalogue: Catalogue,
    chosen: Chosen,
    grading: &'a GradingArgs,
    embedded: bool,
}

impl<'a> Preparation<'a> {
    /// Reads the cases. `config` has filled the options by now.
    pub fn new(config: Config, source: &Source, grading: &'a GradingArgs) -> Result<Self, CommandError> {
        let catalogue = source.catalogue()?;
        config.check(&catalogue)?;
        Ok(Self { config, catalogue, chosen: Chosen::default(), grading, embedded: false })
    }

    /// Of a target of the settings, or of the embedded server.
    #[must_use]
    pub fn with_target(self, chosen: Chosen, embedded: bool) -> Self {
        Self { chosen, embedded, ..self }
    }

    /// The trials that a filter selects.
    pub fn plan(&self, filter: &Filter, role: Role) -> Plan {
        Plan::new(&self.catalogue, filter, role, self.grading.seed)
    }

    /// Everything expected of the run.
    pub fn baseline(&self) -> Result<Baseline, CommandError> {
        self.baseline_of(&self.config)
    }

    fn baseline_of(&self, config: &Config) -> Result<Baseline, CommandError> {
        baseline(self.grading.known.as_deref(), config, &self.chosen, self.embedded, &self.catalogue)
    }

    /// Plays a run and shows it as it happens, writes its reports, and with `--bless` its failures. What `options` and
    /// `play` hold, a server of our own, has ended before anything is written.
    pub fn play(
        &self,
        (config, output): (&ConfigArgs, &OutputArgs),
        options: RunOptions,
        bugs: Option<Vec<Bug>>,
        play: impl FnOnce(&RunOptions, &mut dyn FnMut(&RunEvent)) -> Arc<Record>,
    ) -> Result<ExitStatus, CommandError> {
        let strict = self.grading.strict;
        let options = RunOptions { guide: guide(&self.catalogue), ..options };
        let record = output.show(output.shows.options(strict, bugs), |listen| play(&options, listen))?;
        drop(options);
        output.write(&record, strict)?;
        if !config.bless() {
            return Ok(exit_status(&record, strict));
        }
        let target = self.chosen.name.as_deref();
        let run = BlessedRun { catalogue: &self.catalogue, record: &record, target, strict };
        bless::run(&run, &self.config, |config| self.baseline_of(config))
    }
}
