//! The map in which a program built with SanitizerCoverage counts the edges of its code: a file of 16 bytes of header and
//! a counter of one byte for each edge, which wraps around. The program creates it; nothing here writes to it.
//!
//! The header is `wsspecE1`, then the number of edges in four bytes, in the machine's order, and four unused bytes.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    path::PathBuf,
};

use tempfile::TempDir;
use thiserror::Error;
use wsspec_campaign::edges::{CountedEdges, MOST_EDGES};

use crate::spawn::Variable;

/// The environment variable that names the file to the program.
const VARIABLE: &str = "WSSPEC_EDGES";
/// What a map begins with: its format and version.
const MAGIC: [u8; 8] = *b"wsspecE1";
/// The length of the header.
const HEADER: usize = 16;
/// Counters that are compared at once.
const STRIDE: usize = 64;

/// The edges that a program counts, as long as it runs.
#[derive(Debug)]
pub struct EdgeMap {
    path: PathBuf,
    /// Opened once the program has created it.
    file: Option<File>,
    /// The counters at the last look.
    before: Vec<u8>,
    now: Vec<u8>,
    /// The folder of a file that nobody asked for; deleted at the end.
    folder: Option<TempDir>,
}

/// Why a file is not the map of a program's edges.
#[derive(Debug, Error)]
pub enum EdgeMapError {
    /// It cannot be read.
    #[error("cannot read the map of edges `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// No program has created it.
    #[error(
        "`{}` does not exist, or is empty: no program counts its edges there; start one built with wsspec_edges.c with \
         {VARIABLE} in its environment",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It is something else, or of another version.
    #[error(
        "`{}` is not a map of edges of this version: it begins with \"{}\", not \"{}\"; build the program with this \
         version's wsspec_edges.c",
        path.display(), found.escape_ascii(), MAGIC.escape_ascii()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// What it begins with.
        found: Vec<u8>,
    },
    /// It is too small for its edges.
    #[error("the map of edges `{}` has {size} bytes; its header says {of} edges, which take {}", path.display(), HEADER + *of as usize)]
    Size {
        /// The file.
        path: PathBuf,
        /// Its size.
        size: u64,
        /// How many edges it should have.
        of: u32,
    },
    /// It has too many.
    #[error("the map of edges `{}` says {of} edges; at most {MOST_EDGES} are read: instrument fewer files", path.display())]
    Edges {
        /// The file.
        path: PathBuf,
        /// How many.
        of: u32,
    },
}

impl EdgeMap {
    /// The map in a file that may not exist yet.
    #[must_use]
    pub const fn of(path: PathBuf) -> Self {
        Self { path, file: None, before: Vec::new(), now: Vec::new(), folder: None }
    }

    /// The map in a file of a program that is yet to start: what an earlier one counted there is deleted.
    ///
    /// # Errors
    ///
    /// If the file exists and is not a map of edges, or cannot be deleted.
    pub fn of_start(path: PathBuf) -> Result<Self, EdgeMapError> {
        let mut map = Self::of(path);
        map.look()?;
        if map.file.take().is_some() {
            let (path, source) = (map.path.clone(), fs::remove_file(&map.path));
            source.map_err(|source| EdgeMapError::Io { path, source })?;
        }
        Ok(Self::of(map.path))
    }

    /// A map in a temporary folder.
    ///
    /// # Errors
    ///
    /// If the folder cannot be created.
    pub fn temporary() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("wsspec-edges-").tempdir()?;
        let path = folder.path().join("edges");
        Ok(Self { folder: Some(folder), ..Self::of(path) })
    }

    /// The variable by which a program learns where to count.
    #[must_use]
    pub fn variable(&self) -> Variable {
        (VARIABLE, self.path.clone())
    }

    /// What the program has counted since the last look; nothing as long as it has not created the file.
    ///
    /// # Errors
    ///
    /// If the file is not a map of edges.
    pub fn look(&mut self) -> Result<CountedEdges, EdgeMapError> {
        let Some(of) = self.read()? else { return Ok(CountedEdges::default()) };
        let mut taken = Vec::new();
        let strides = self.before.chunks(STRIDE).zip(self.now.chunks(STRIDE)).enumerate();
        for (stride, (before, now)) in strides.filter(|(_, (before, now))| before != now) {
            let first = u32::try_from(stride * STRIDE).unwrap_or(u32::MAX);
            let edges = (first..).zip(before.iter().zip(now));
            taken.extend(edges.filter(|(_, (before, now))| before != now).map(|(edge, _)| edge));
        }
        std::mem::swap(&mut self.before, &mut self.now);
        Ok(CountedEdges { of, taken, alone: false })
    }

    /// Like [`Self::look`], once the program runs: if the file was asked for, it is there by now.
    ///
    /// # Errors
    ///
    /// If it is not, or the file is not a map of edges.
    pub(crate) fn look_first(&mut self) -> Result<CountedEdges, EdgeMapError> {
        let counted = self.look()?;
        if counted.of == 0 && self.folder.is_none() {
            return Err(EdgeMapError::Missing { path: self.path.clone() });
        }
        Ok(counted)
    }

    /// Reads the counters; returns the number of edges, or `None` if nothing is there yet.
    fn read(&mut self) -> Result<Option<u32>, EdgeMapError> {
        let path = &self.path;
        let io = |source| EdgeMapError::Io { path: path.clone(), source };
        let file = match &mut self.file {
            Some(file) => file,
            none => match File::open(path) {
                Ok(file) => none.insert(file),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(io(error)),
            },
        };
        let size = file.metadata().map_err(io)?.len();
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        let mut header = [0; HEADER];
        let length = usize::try_from(size).unwrap_or(HEADER).min(HEADER);
        file.read_exact(&mut header[..length]).map_err(io)?;
        let (magic, rest) = header.split_at(MAGIC.len());
        let of = u32::from_ne_bytes([rest[0], rest[1], rest[2], rest[3]]);
        // The program is about to write it.
        if magic == [0; MAGIC.len()] || magic == MAGIC && of == 0 {
            return Ok(None);
        }
        if magic != MAGIC {
            return Err(EdgeMapError::Version { path: path.clone(), found: magic.to_vec() });
        }
        if of > MOST_EDGES {
            return Err(EdgeMapError::Edges { path: path.clone(), of });
        }
        if size < HEADER as u64 + u64::from(of) {
            return Err(EdgeMapError::Size { path: path.clone(), size, of });
        }
        self.before.resize(of as usize, 0);
        self.now.resize(of as usize, 0);
        file.read_exact(&mut self.now).map_err(io)?;
        Ok(Some(of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(of: u32, counters: &[u8]) -> Vec<u8> {
        [&MAGIC[..], &of.to_ne_bytes(), &[0; 4], counters].concat()
    }

    fn look(map: &mut EdgeMap, content: &[u8]) -> Result<CountedEdges, String> {
        fs::write(&map.path, content).unwrap();
        map.look().map_err(|error| error.to_string().replace(&*map.path.to_string_lossy(), "FILE"))
    }

    #[test]
    fn what_has_changed_since_the_last_look_was_taken() {
        let mut edges = EdgeMap::temporary().unwrap();
        assert_eq!(edges.look().unwrap(), CountedEdges::default());
        assert_eq!(look(&mut edges, &[]).unwrap(), CountedEdges::default());
        assert_eq!(look(&mut edges, &[0; 100]).unwrap(), CountedEdges::default());
        let mut counters = [0; 200];
        (counters[0], counters[63], counters[64], counters[199]) = (1, 255, 1, 1);
        let counted = look(&mut edges, &map(200, &counters)).unwrap();
        assert_eq!((counted.of, counted.taken), (200, vec![0, 63, 64, 199]));
        // A counter wraps around, and another one stays.
        (counters[63], counters[64]) = (0, 2);
        assert_eq!(look(&mut edges, &map(200, &counters)).unwrap().taken, [63, 64]);
        // A library was loaded: more edges.
        let more = [&counters[..], &[7]].concat();
        assert_eq!(look(&mut edges, &map(201, &more)).unwrap().taken, [200]);
    }

    #[test]
    fn a_file_of_another_version_or_size_is_named() {
        let mut edges = EdgeMap::temporary().unwrap();
        let said = |edges: &mut EdgeMap, content: &[u8]| look(edges, content).unwrap_err();
        assert_eq!(
            said(&mut edges, &map(5, &[0; 3])),
            "the map of edges `FILE` has 19 bytes; its header says 5 edges, which take 21"
        );
        let of = u32::MAX;
        assert!(
            said(&mut edges, &map(of, &[0; 3])).starts_with("the map of edges `FILE` says 4294967295 edges;")
        );
        let version = said(&mut edges, b"wsspecE2\x01\0\0\0\0\0\0\0\x01");
        assert!(version.starts_with(
            "`FILE` is not a map of edges of this version: it begins with \"wsspecE2\", not \"wsspecE1\""
        ));
        let escaped = said(&mut edges, b"\x1b[2J");
        assert!(escaped.contains("begins with \"\\x1b[2J\\x00\\x00\\x00\\x00\""), "{escaped}");
    }

    #[test]
    fn what_an_earlier_program_counted_is_deleted_but_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edges");
        assert_eq!(EdgeMap::of_start(path.clone()).unwrap().look().unwrap().of, 0);
        fs::write(&path, map(2, &[1, 0])).unwrap();
        assert_eq!(EdgeMap::of_start(path.clone()).unwrap().look().unwrap().of, 0);
        assert!(!path.exists());
        fs::write(&path, b"a letter to a friend").unwrap();
        let error = EdgeMap::of_start(path.clone()).unwrap_err().to_string();
        assert!(
            error.contains("is not a map of edges of this version: it begins with \"a letter\""),
            "{error}"
        );
        assert_eq!(fs::read(&path).unwrap(), b"a letter to a friend");
    }

    #[test]
    fn a_program_learns_the_file_by_a_variable() {
        let edges = EdgeMap::of("/a/b".into());
        assert_eq!(edges.variable(), ("WSSPEC_EDGES", "/a/b".into()));
    }
}
