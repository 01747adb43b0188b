//! Figures for the documents: `cost` makes `docs/cost.md`, `load` and `live` tables of
//! `docs/performance.md`.

use std::path::PathBuf;

use clap::Parser;

mod bill;
mod cost;
mod live;
mod load;
mod seed;

/// Measures Halley.
#[derive(Parser)]
enum Command {
    /// What each operation uses of AWS, and the monthly bill of some loads.
    Cost {
        /// The list of prices and assumptions.
        #[arg(long)]
        prices: PathBuf,
        /// Where the document goes.
        #[arg(long, default_value = "docs/cost.md")]
        output: PathBuf,
    },
    /// Throughput and latency of the local service, as a table on standard output.
    Load {
        /// How many requests each figure is taken from.
        #[arg(long, default_value_t = 600)]
        requests: usize,
        /// The sizes of the history.
        #[arg(long, value_delimiter = ',', default_value = "100,100000")]
        histories: Vec<usize>,
        /// The numbers of members.
        #[arg(long, value_delimiter = ',', default_value = "2,2000")]
        members: Vec<usize>,
    },
    /// From commit to frame, and frames a second, as tables on standard output.
    Live {
        /// How many messages each figure is taken from.
        #[arg(long, default_value_t = 200)]
        messages: usize,
        /// The numbers of sockets that hear them.
        #[arg(long, value_delimiter = ',', default_value = "1,100,1000")]
        listeners: Vec<usize>,
    },
}

#[tokio::main]
async fn main() {
    match Command::parse() {
        Command::Cost { prices, output } => {
            let prices = std::fs::read_to_string(prices).expect("the prices can be read");
            let input: bill::Input = serde_json::from_str(&prices).expect("prices are as in docs/prices.json");
            let document = bill::document(&input, &cost::measure().await);
            std::fs::write(output, document).expect("the document is written");
        }
        Command::Live { messages, listeners } => live::run(messages, &listeners).await,
        Command::Load { requests, histories, members } => load::run(requests, &histories, &members).await,
    }
}
