//! `ci`: what CI runs, step by step; stops at the first failure.

use std::time::{Duration, Instant};

use crate::{
    failure::RecipeError,
    process,
    recipes::{check, features, fuzz_build, fuzz_smoke, interop, languages, msrv, npm, python, shims, test},
    workspace::Workspace,
};

/// Seconds for each fuzz target and language: enough to see that it builds, reads its seeds and begins; `fuzz-smoke` takes longer.
const FUZZING: u32 = 3;

type CiStep = (&'static str, fn(&Workspace) -> Result<(), RecipeError>);

const STEPS: [CiStep; 12] = [
    ("check", check::run),
    ("msrv", msrv::run),
    ("test", test::run),
    // Their tests need a build of their own, which is left to the recipe.
    ("features", features::check),
    ("default run", default_run),
    ("interop", interop::run_sample),
    ("fuzz-smoke", |workspace| fuzz_smoke::run(workspace, FUZZING)),
    ("fuzz-build", fuzz_build::run),
    ("shims", |workspace| shims::run(workspace, &[])),
    ("languages", |workspace| languages::run(workspace, &[], FUZZING)),
    ("python", python::run),
    ("npm", npm::run),
];

/// Runs every step, and prints how long each took.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    let mut times: Vec<(&str, Duration)> = Vec::new();
    for (name, step) in STEPS {
        println!("\n== {name}");
        let start = Instant::now();
        let outcome = step(workspace);
        times.push((name, start.elapsed()));
        if let Err(failure) = outcome {
            report(&times);
            return Err(RecipeError::Other(format!("step `{name}`: {failure}")));
        }
    }
    report(&times);
    Ok(())
}

/// The first command that the README gives a newcomer.
fn default_run(workspace: &Workspace) -> Result<(), RecipeError> {
    process::run(&mut workspace.cargo("run --release"))
}

fn report(times: &[(&str, Duration)]) {
    println!("\n== times");
    for (name, time) in times {
        println!("{name:12} {:7.1} s", time.as_secs_f64());
    }
}
