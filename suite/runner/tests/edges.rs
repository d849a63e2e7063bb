//! A program built with SanitizerCoverage and wsspec_edges.c, and the map that it writes.

#![cfg(target_os = "linux")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use wsspec_runner::EdgeMap;

/// A program with an edge that it takes only for an argument.
const PROGRAM: &str = r#"
#include <stdio.h>
static int odd(int count) { int sum = 0; for (int i = 0; i < count; i++) if (i & 1) sum += i; return sum; }
int main(int count, char **words) {
  (void)words;
  if (count > 1) printf("%d\n", odd(count + 5));
  return 0;
}
"#;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("edges").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The program, compiled; `None` if no compiler has the instrumentation.
fn compiled(dir: &Path) -> Option<PathBuf> {
    let (source, object, program) = (dir.join("program.c"), dir.join("edges.o"), dir.join("program"));
    fs::write(&source, PROGRAM).unwrap();
    let edges = Path::new(env!("CARGO_MANIFEST_DIR")).join("edges/wsspec_edges.c");
    let mut compile = Command::new("cc");
    compile.args(["-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-c"]);
    let output = compile.arg(edges).arg("-o").arg(&object).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    [("clang", "trace-pc-guard"), ("gcc", "trace-pc")].into_iter().find_map(|(compiler, how)| {
        let mut compile = Command::new(compiler);
        let counted = dir.join("program.o");
        compile.arg("-O0").arg(format!("-fsanitize-coverage={how}")).arg("-c").arg(&source);
        let output = compile.arg("-o").arg(&counted).output().ok()?;
        let mut link = Command::new("cc");
        link.args([&counted, &object]).arg("-o").arg(&program);
        (output.status.success() && link.output().ok()?.status.success()).then(|| program.clone())
    })
}

fn run(program: &Path, map: Option<&EdgeMap>, args: &[&str]) -> Output {
    Command::new(program).args(args).envs(map.map(EdgeMap::variable)).output().unwrap()
}

#[test]
fn a_program_counts_the_edges_that_it_takes() {
    let dir = folder("counted");
    let Some(program) = compiled(&dir) else { return };
    let mut map = EdgeMap::of(dir.join("map"));
    assert_eq!(map.look().unwrap().of, 0);
    assert!(run(&program, Some(&map), &[]).status.success());
    let plain = map.look().unwrap();
    assert!(plain.of > 0 && !plain.taken.is_empty(), "{plain:?}");
    assert!(map.look().unwrap().taken.is_empty());
    run(&program, Some(&map), &["a"]);
    let more = map.look().unwrap().taken;
    assert!(more.iter().any(|edge| !plain.taken.contains(edge)), "{more:?} {plain:?}");
    run(&program, Some(&map), &["a"]);
    assert_eq!(map.look().unwrap().taken, more);
}

#[test]
fn a_program_leaves_a_file_of_something_else_alone_and_says_so() {
    let dir = folder("foreign");
    let Some(program) = compiled(&dir) else { return };
    let map = EdgeMap::of(dir.join("map"));
    for content in [b"wsspecE2 and so on".to_vec(), [&b"wsspecE2"[..], &[0; 8 + (1 << 20)]].concat()] {
        fs::write(dir.join("map"), &content).unwrap();
        let output = run(&program, Some(&map), &["a"]);
        assert_eq!(output.stdout, b"9\n");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.ends_with("map` is not a map of edges of this version\n"), "{said}");
        assert!(fs::read(dir.join("map")).unwrap() == content);
    }
    assert!(run(&program, None, &["a"]).stderr.is_empty());
}
