//! What commands that play trials have in common: reading settings and cases, then printing and writing the results.

use std::sync::Arc;

use wsspec_catalogue::{Baseline, Bug, Catalogue, Filter, Plan};
use wsspec_record::{Record, RunEvent};
use wsspec_reports::{clean_text, exit_status, guide};
use wsspec_runner::{KnownDeviations, RunOptions};
use wsspec_wire::{Layer, Role};

use crate::{
    baseline::baseline,
    bless::{self, BlessedRun},
    catalogue::Source,
    config::{Chosen, Config, ConfigArgs},
    exit_status::ExitStatus,
    failure::{CommandError, count, print},
    grading::GradingArgs,
    last_run::LastRun,
    output::OutputArgs,
};

/// A command's settings and cases, both checked.
pub struct Preparation {
    /// The settings.
    pub config: Config,
    /// The cases.
    pub catalogue: Catalogue,
    chosen: Chosen,
    grading: GradingArgs,
    embedded: Option<KnownDeviations>,
}

impl Preparation {
    /// Loads the cases. Call it once `config` has filled in the options.
    pub fn new(config: Config, source: &Source, grading: &GradingArgs) -> Result<Self, CommandError> {
        let catalogue = source.catalogue()?;
        config.check(&catalogue)?;
        Ok(Self { config, catalogue, chosen: Chosen::default(), grading: grading.clone(), embedded: None })
    }

    /// For a target of the settings, or for the embedded server.
    #[must_use]
    pub fn with_target(self, chosen: Chosen, embedded: Option<KnownDeviations>) -> Self {
        Self { chosen, embedded, ..self }
    }

    /// The trials that a filter selects, for a run over HTTP/1.1.
    pub fn plan(&self, filter: &Filter, role: Role) -> Plan {
        self.plan_over_any(filter, role).over_http1()
    }

    /// The trials that a filter selects, for a run over HTTP/2.
    pub fn plan_over_http2(&self, filter: &Filter, role: Role) -> Plan {
        self.plan_over_any(filter, role).over_http2()
    }

    /// The trials of servers that a filter selects, for a run over HTTP/3.
    pub fn plan_over_http3(&self, filter: &Filter) -> Plan {
        self.plan_over_any(filter, Role::Server).over_http3()
    }

    fn plan_over_any(&self, filter: &Filter, role: Role) -> Plan {
        Plan::new(&self.catalogue, filter, role, self.grading.seed)
    }

    /// The trials of servers about a layer that a filter selects.
    pub fn plan_about(&self, layer: Layer, filter: &Filter) -> Plan {
        Plan::about(Some(layer), &self.catalogue, filter, Role::Server, self.grading.seed)
    }

    /// Whether the embedded server is tested.
    pub fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// Names of header fields whose values are secrets.
    pub fn secrets(&self) -> &[String] {
        &self.chosen.secret
    }

    /// Everything expected of the run.
    pub fn baseline(&self) -> Result<Baseline, CommandError> {
        self.baseline_of(&self.config)
    }

    fn baseline_of(&self, config: &Config) -> Result<Baseline, CommandError> {
        baseline(self.grading.known.as_deref(), config, &self.chosen, self.embedded, &self.catalogue)
    }

    /// Plays a run and shows its progress, then writes its reports and, with `--bless`, its failures. Drops `options`
    /// and `play`, and so a server that we started, before anything is written.
    pub fn play(
        &self,
        (config, output): (&ConfigArgs, &OutputArgs),
        last: &LastRun,
        options: RunOptions,
        bugs: Option<Vec<Bug>>,
        play: impl FnOnce(&RunOptions, &mut dyn FnMut(&RunEvent)) -> Arc<Record>,
    ) -> Result<ExitStatus, CommandError> {
        let strict = self.grading.strict;
        let options = RunOptions { guide: guide(&self.catalogue), ..options };
        let text = output.shows.options(strict, bugs, output.files.takes_stdout());
        let (record, printed) = output.show(text, |listen| play(&options, listen));
        drop(options);
        let remembered = last.keep(&record);
        output.write(&record, strict)?;
        printed?;
        remembered?;
        if !config.bless() {
            return Ok(exit_status(&record, strict));
        }
        let target = self.chosen.name.as_deref();
        let aside = output.files.takes_stdout();
        let run = BlessedRun { catalogue: &self.catalogue, record: &record, target, strict, aside };
        bless::run(&run, &self.config, |config| self.baseline_of(config))
    }
}

/// Prints what a run would do, and does not run anything.
pub fn dry_run(plan: &Plan, target: &str) -> Result<ExitStatus, CommandError> {
    let lines = plan.trials.iter().map(|trial| format!("{}\n", trial.id));
    let total = format!("{} against {target}; nothing was run\n", count(plan.trials.len(), "trial"));
    print(&clean_text(&lines.chain([total]).collect::<String>()))?;
    Ok(ExitStatus::Success)
}
