//! Bringing history in: whole archives, and what other services' importers send piece by piece (contract/import.md).

pub mod data_import;
pub mod estimate;
pub mod importer;
mod messages;
mod people;
pub mod report;
