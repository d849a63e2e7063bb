//! What commands that play trials have in common: reading settings and cases, then printing and writing the results.

use std::sync::Arc;

use wsspec_catalogue::{Baseline, Bug, Catalogue, Filter, IntermediaryKind, Plan};
use wsspec_exchange::Carrier;
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

/// A run that has ended.
pub struct ShownRun {
    /// What came of it.
    pub record: Arc<Record>,
    /// Whether it could be shown, and which trials failed be kept.
    pub shown: Result<(), CommandError>,
}

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

    /// For a target of the settings.
    #[must_use]
    pub fn with_target(self, chosen: Chosen) -> Self {
        Self { chosen, ..self }
    }

    /// For the embedded server, which deviates like this.
    pub fn expect_of_embedded(&mut self, list: KnownDeviations) {
        self.embedded = Some(list);
    }

    /// The trials that a filter selects, for a run over this carrier.
    pub fn plan_over(&self, carrier: Carrier, filter: &Filter, role: Role) -> Plan {
        let plan = Plan::new(&self.catalogue, filter, role, self.grading.seed);
        match carrier {
            Carrier::Http1 | Carrier::Tcp => plan.over_http1(),
            Carrier::Http2 => plan.over_http2(),
            Carrier::Http3 => plan.over_http3(),
        }
    }

    /// The trials about a layer that a filter selects, of peers in this role.
    pub fn plan_about(&self, layer: Layer, filter: &Filter, role: Role) -> Plan {
        Plan::about(Some(layer), &self.catalogue, filter, role, self.grading.seed)
    }

    /// The trials of an intermediary of this kind that a filter selects.
    pub fn plan_through_intermediary(
        &self,
        filter: &Filter,
        (kind, carrier, is_http2_behind): (IntermediaryKind, Carrier, bool),
    ) -> Plan {
        let plan = Plan::through_intermediary(&self.catalogue, filter, self.grading.seed, kind);
        let plan = if is_http2_behind { plan } else { plan.over_http1_behind() };
        match carrier {
            Carrier::Http2 => plan.over_http2(),
            _ => plan.over_http1(),
        }
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

    /// Plays a run and shows its progress, then writes its reports and, with `--bless`, its failures.
    pub fn play(
        &self,
        (config, output): (&ConfigArgs, &OutputArgs),
        last: &LastRun,
        options: RunOptions,
        bugs: Option<Vec<Bug>>,
        play: impl FnOnce(&RunOptions, &mut dyn FnMut(&RunEvent)) -> Arc<Record>,
    ) -> Result<ExitStatus, CommandError> {
        self.finish(self.show(output, last, options, bugs, play), (config, output))
    }

    /// Writes the reports of a run and, with `--bless`, its failures. Returns its exit status.
    pub fn finish(
        &self,
        ShownRun { record, shown }: ShownRun,
        (config, output): (&ConfigArgs, &OutputArgs),
    ) -> Result<ExitStatus, CommandError> {
        let strict = self.grading.strict;
        output.write(&record, strict)?;
        shown?;
        if !config.bless() {
            return Ok(exit_status(&record, strict));
        }
        let (target, aside) = (self.chosen.name.as_deref(), output.files.takes_stdout());
        let run = BlessedRun { catalogue: &self.catalogue, record: &record, target, strict, aside };
        bless::run(&run, &self.config, |config| self.baseline_of(config))
    }

    /// Plays a run, shows its progress and keeps which trials failed. Drops `options` and `play`, and so a server that we
    /// started.
    pub fn show(
        &self,
        output: &OutputArgs,
        last: &LastRun,
        options: RunOptions,
        bugs: Option<Vec<Bug>>,
        play: impl FnOnce(&RunOptions, &mut dyn FnMut(&RunEvent)) -> Arc<Record>,
    ) -> ShownRun {
        let options = RunOptions { guide: guide(&self.catalogue), ..options };
        let text = output.shows.options(self.grading.strict, bugs, output.files.takes_stdout());
        let (record, printed) = output.show(text, |listen| play(&options, listen));
        drop(options);
        let remembered = last.keep(&record);
        ShownRun { record, shown: printed.and(remembered) }
    }
}

/// Prints what a run would do, and does not run anything.
pub fn dry_run(plan: &Plan, target: &str) -> Result<ExitStatus, CommandError> {
    let lines = plan.trials.iter().map(|trial| format!("{}\n", trial.id));
    let total = format!("{} against {target}; nothing was run\n", count(plan.trials.len(), "trial"));
    print(&clean_text(&lines.chain([total]).collect::<String>()))?;
    Ok(ExitStatus::Success)
}
