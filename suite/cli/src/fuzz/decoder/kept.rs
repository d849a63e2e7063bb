//! Inputs that reach new edges of the decoder's code: what is known of them, for all shims.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use wsspec_campaign::edges::{CountedEdges, ReachedEdges};

use super::super::paths::unwritable;
use crate::failure::CommandError;

/// The most inputs that are kept.
const MOST: usize = 4096;

/// The inputs that are kept, and the edges that were reached.
#[derive(Debug)]
pub struct KeptInputs {
    folder: PathBuf,
    inputs: Arc<Vec<Vec<u8>>>,
    /// All edges that were reached.
    pub reached: ReachedEdges,
}

impl KeptInputs {
    /// None yet; they are saved in a folder of a campaign.
    pub fn new(out: &Path) -> Self {
        Self { folder: out.join("corpus"), inputs: Arc::default(), reached: ReachedEdges::default() }
    }

    /// All of them.
    pub fn inputs(&self) -> Arc<Vec<Vec<u8>>> {
        self.inputs.clone()
    }

    /// Keeps an input that was checked alone if it takes edges of `wanted`, which then are not wanted any more, or new
    /// ones.
    pub fn keep(
        &mut self,
        input: &[u8],
        counted: &CountedEdges,
        wanted: &mut Vec<u32>,
    ) -> Result<(), CommandError> {
        let before = wanted.len();
        wanted.retain(|edge| counted.taken.binary_search(edge).is_err());
        let is_new = !self.reached.add(counted).is_empty() || wanted.len() < before;
        if !is_new || self.inputs.len() >= MOST {
            return Ok(());
        }
        let path = self.folder.join(format!("{:06}.bin", self.inputs.len()));
        let saved = fs::create_dir_all(&self.folder).and_then(|()| fs::write(&path, input));
        saved.map_err(|error| unwritable(&path, &error))?;
        Arc::make_mut(&mut self.inputs).push(input.to_vec());
        Ok(())
    }
}
