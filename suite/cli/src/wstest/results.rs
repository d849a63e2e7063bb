//! Where results go while cases are played.

use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
};

use tokio::task::{JoinHandle, spawn_blocking};
use wsspec_autobahn::{CaseResult, Reports};

use super::write;
use crate::failure::CommandError;

/// Writes the files of results in the background during the run: writing hundreds of files takes as long as playing the
/// cases.
pub struct ResultWriter {
    folder: PathBuf,
    reports: Reports,
    ended: mpsc::Sender<Arc<CaseResult>>,
    writing: JoinHandle<Result<(), CommandError>>,
}

impl ResultWriter {
    /// Creates the folder if it is missing.
    pub fn new(folder: PathBuf) -> Result<Self, CommandError> {
        write(&folder, [])?;
        let (ended, results) = mpsc::channel::<Arc<CaseResult>>();
        let writing = {
            let folder = folder.clone();
            spawn_blocking(move || write(&folder, results.iter().flat_map(|result| result.files())))
        };
        Ok(Self { folder, reports: Reports::default(), ended, writing })
    }

    /// Adds a final result.
    pub fn add(&mut self, result: CaseResult) {
        let result = Arc::new(result);
        self.reports.add(result.clone());
        // If nothing can be written any more, `finish` reports it.
        let _ = self.ended.send(result);
    }

    /// Waits for the files, and writes the pages that link to them.
    pub async fn finish(self) -> Result<(), CommandError> {
        drop(self.ended);
        let written = self.writing.await;
        written.map_err(|error| CommandError::Usage(format!("the reports are not complete: {error}")))??;
        write(&self.folder, self.reports.indexes())
    }
}
