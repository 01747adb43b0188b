//! Bringing history in: whole archives, and what other services' importers send piece by piece (contract/import.md).

pub mod estimate;
pub mod importer;
pub mod report;
