//! `docs/cost.md`: what the operations use, and what some loads cost a month by a list of prices.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

use crate::cost::{Measured, Operation};

const GIGABYTE: f64 = 1_073_741_824.0;
const MILLION: f64 = 1_000_000.0;
/// Of a month of 30 days.
const MONTH_HOURS: f64 = 720.0;

/// The list of prices, and what is assumed of a load.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Input {
    date: String,
    region: String,
    note: String,
    prices: Prices,
    assumptions: Assumptions,
    /// How often each operation happens for one message that is sent.
    per_message: BTreeMap<String, f64>,
    loads: Vec<Load>,
    former: Former,
}

/// What the last of the loads cost at another commit, by the same prices.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Former {
    commit: String,
    /// Each of these lines of the bill, and what comes to all.
    usd: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Prices {
    dynamodb_million_read_units: Price,
    dynamodb_million_write_units: Price,
    dynamodb_stored_gigabyte: Price,
    dynamodb_recovery_gigabyte: Price,
    api_gateway_million_requests: Price,
    socket_million_frames: Price,
    socket_million_minutes: Price,
    lambda_million_requests: Price,
    lambda_gigabyte_second: Price,
    lambda_ready_gigabyte_second: Price,
    logs_gigabyte: Price,
    logs_stored_gigabyte: Price,
    s3_thousand_writes: Price,
    s3_thousand_reads: Price,
    s3_stored_gigabyte: Price,
    transfer_gigabyte: Price,
    alarm: Price,
    dashboard: Price,
    metric: Price,
    million_traces: Price,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Price {
    usd: f64,
    what: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Assumptions {
    lambda_milliseconds: f64,
    lambda_megabytes: f64,
    /// What a start takes that a request waits for, and how many of a thousand requests meet one.
    first_start_milliseconds: f64,
    first_starts_per_thousand: f64,
    /// What Lambda and API Gateway log of a request beside its own line, and CloudWatch's own part of each line.
    other_log_bytes: f64,
    log_months: f64,
    kept_months: f64,
    file_bytes: f64,
    downloads_per_file: f64,
    /// The metrics that the alarms of the template look at; a test of the template holds it.
    alarm_metrics: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Load {
    name: String,
    messages: f64,
}

/// A line of a bill: what, how much of it, and what it costs.
struct Line {
    what: &'static str,
    amount: f64,
    usd: f64,
}

/// The whole document.
pub fn document(input: &Input, measured: &Measured) -> String {
    let mut text = String::from("# What it costs\n\n");
    let _ = write!(
        text,
        "Made by `cargo run -p bench -- cost --prices docs/prices.json`; do not edit. The units are those that DynamoDB\n\
         counts for each operation, carried out once against the local service by a user with an auth token; a test\n\
         holds those of ARCHITECTURE.md. The prices are those of {} as of {}, in US dollars, and an input:\n\
         {}\nFree tiers and volume discounts are left out.\n\n",
        input.region, input.date, input.note,
    );
    operations(&mut text, input, measured);
    loads(&mut text, input, measured);
    compared(&mut text, input, measured);
    sockets(&mut text, &input.prices);
    asked_for(&mut text, input);
    inputs(&mut text, input, measured);
    text
}

fn operations(text: &mut String, input: &Input, measured: &Measured) {
    text.push_str("## Each operation\n\n");
    text.push_str(
        "Answer bytes are those that travel to a client which takes gzip. The last column is all that a million of\n",
    );
    text.push_str("them costs in requests, compute and logs.\n\n");
    text.push_str("| Operation | Calls | Read units | Write units | S3 requests | Answer bytes | USD a million |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
    for operation in &measured.operations {
        let Operation { name, calls, read_units, write_units, s3_requests, answer_bytes, .. } = operation;
        let million: f64 = usage(input, &[(operation, MILLION)]).iter().map(|line| line.usd).sum();
        let _ = writeln!(
            text,
            "| {name} | {calls} | {read_units} | {write_units} | {s3_requests} | {answer_bytes} | {million:.2} |"
        );
    }
}

/// What these operations cost, each so often.
fn usage(input: &Input, done: &[(&Operation, f64)]) -> Vec<Line> {
    let (prices, assumed) = (&input.prices, &input.assumptions);
    let sum = |of: fn(&Operation) -> f64| done.iter().map(|(operation, times)| of(operation) * times).sum::<f64>();
    let requests = sum(|_| 1.0);
    // What changes something is told by the table's stream, to a function of the same size.
    let told = sum(|o| if 0.0 < o.write_units { 1.0 } else { 0.0 });
    let starts = assumed.first_start_milliseconds * assumed.first_starts_per_thousand / 1_000.0;
    let invocations = requests + told;
    let seconds = invocations * (assumed.lambda_milliseconds + starts) / 1_000.0 * assumed.lambda_megabytes / 1_024.0;
    let logs = (sum(|o| o.log_bytes as f64) + invocations * assumed.other_log_bytes) / GIGABYTE;
    let line = |what, amount: f64, per: f64, price: &Price| Line { what, amount, usd: amount / per * price.usd };
    vec![
        line("API Gateway, requests", requests, MILLION, &prices.api_gateway_million_requests),
        line("Lambda, requests", invocations, MILLION, &prices.lambda_million_requests),
        line("Lambda, GB-seconds", seconds, 1.0, &prices.lambda_gigabyte_second),
        line("DynamoDB, read units", sum(|o| o.read_units), MILLION, &prices.dynamodb_million_read_units),
        line("DynamoDB, write units", sum(|o| o.write_units), MILLION, &prices.dynamodb_million_write_units),
        line("S3, requests", sum(|o| o.s3_requests as f64), 1_000.0, &prices.s3_thousand_writes),
        line("Logs, GB", logs, 1.0, &prices.logs_gigabyte),
        line("Answers, GB out", sum(|o| o.answer_bytes as f64) / GIGABYTE, 1.0, &prices.transfer_gigabyte),
    ]
}

fn bill(input: &Input, measured: &Measured, load: &Load) -> Vec<Line> {
    let (prices, assumed) = (&input.prices, &input.assumptions);
    let times = |operation: &Operation| input.per_message.get(operation.name).copied().unwrap_or_default();
    let done = measured.operations.iter().map(|operation| (operation, times(operation) * load.messages));
    let mut lines = usage(input, &done.collect::<Vec<_>>());
    let logs = lines.iter().find(|line| line.what == "Logs, GB").map_or(0.0, |line| line.amount) * assumed.log_months;
    let table = load.messages * assumed.kept_months * measured.stored_bytes as f64 / GIGABYTE;
    let n_files = load.messages * input.per_message.get("send a file").copied().unwrap_or_default();
    let files = n_files * assumed.kept_months * assumed.file_bytes / GIGABYTE;
    let n_downloads = n_files * assumed.downloads_per_file;
    let stored = |what, amount: f64, price: &Price| Line { what, amount, usd: amount * price.usd };
    lines.extend([
        stored("Files, GB out", n_downloads * assumed.file_bytes / GIGABYTE, &prices.transfer_gigabyte),
        Line { what: "S3, downloads", amount: n_downloads, usd: n_downloads / 1_000.0 * prices.s3_thousand_reads.usd },
        stored("Logs, GB stored", logs, &prices.logs_stored_gigabyte),
        stored("DynamoDB, GB stored", table, &prices.dynamodb_stored_gigabyte),
        stored("DynamoDB, GB in point-in-time recovery", table, &prices.dynamodb_recovery_gigabyte),
        stored("S3, GB stored", files, &prices.s3_stored_gigabyte),
        stored("Alarms, metrics", assumed.alarm_metrics, &prices.alarm),
        stored("Dashboard", 1.0, &prices.dashboard),
    ]);
    lines
}

fn loads(text: &mut String, input: &Input, measured: &Measured) {
    text.push_str("\n## A month\n\n| USD a month |");
    for load in &input.loads {
        let _ = write!(text, " {} |", load.name);
    }
    let _ = writeln!(text, "\n| --- |{}", " --- |".repeat(input.loads.len()));
    let bills: Vec<Vec<Line>> = input.loads.iter().map(|load| bill(input, measured, load)).collect();
    let totals = bills.iter().map(|lines| lines.iter().map(|line| line.usd).sum::<f64>()).collect::<Vec<_>>();
    for row in 0..bills.first().map_or(0, Vec::len) {
        let lines: Vec<&Line> = bills.iter().filter_map(|lines| lines.get(row)).collect();
        let _ = write!(text, "| {} |", lines.first().map_or("", |line| line.what));
        for line in lines {
            let _ = write!(text, " {:.2} ({}) |", line.usd, amount(line.amount));
        }
        text.push('\n');
    }
    text.push_str("| **All** |");
    for total in totals {
        let _ = write!(text, " **{total:.2}** |");
    }
    text.push_str(
        "\n\nIn brackets: how much of it. Nothing runs while nobody writes, so an idle month costs what is kept and \
         watched:\nthe GB in the table and their point-in-time recovery, the files, alarms and dashboard. Of those \
         two, an\naccount's first 10 metrics and 3 dashboards are free: alone in its account, an empty installation \
         pays for the\nrest of the alarms' metrics, and nothing without alarms.\n",
    );
}

fn compared(text: &mut String, input: &Input, measured: &Measured) {
    let (Former { commit, usd }, Some(load)) = (&input.former, input.loads.last()) else { return };
    let lines = bill(input, measured, load);
    let sum = |of: &str| lines.iter().filter(|line| line.what.starts_with(of)).map(|line| line.usd).sum::<f64>();
    let sums = [("DynamoDB, all of it", sum("DynamoDB, ")), ("All", sum(""))];
    let now = lines.iter().map(|line| (line.what, line.usd)).chain(sums);
    let _ = write!(text, "\n## Against commit {commit}\n\n{}, by the same prices.\n\n", load.name);
    text.push_str("| USD a month | Then | Now | Of then |\n| --- | --- | --- | --- |\n");
    for (what, now) in now {
        if let Some(then) = usd.get(what) {
            let _ = writeln!(text, "| {what} | {then:.2} | {now:.2} | {:.2} |", now / then);
        }
    }
}

fn amount(amount: f64) -> String {
    match amount {
        0.0 => "0".to_owned(),
        amount if amount < 100.0 => format!("{amount:.1}"),
        amount if amount < 100_000.0 => format!("{amount:.0}"),
        amount if amount < 1e9 => format!("{:.1} M", amount / 1e6),
        amount => format!("{:.1} G", amount / 1e9),
    }
}

fn inputs(text: &mut String, input: &Input, measured: &Measured) {
    let Assumptions {
        lambda_milliseconds,
        lambda_megabytes,
        first_start_milliseconds,
        first_starts_per_thousand,
        other_log_bytes,
        log_months,
        kept_months,
        file_bytes,
        downloads_per_file,
        alarm_metrics,
    } = &input.assumptions;
    let _ = write!(
        text,
        "\n## What is assumed\n\nA request takes {lambda_milliseconds} ms of a function of {lambda_megabytes} MB; \
         {first_starts_per_thousand} in 1,000 wait for a start of {first_start_milliseconds} ms,\nwhich is paid for \
         too. Each request that writes is one invocation more, by which the table's stream tells `deliver-events`\nof it, \
         though one may tell of up to ten. Beside its own line, an invocation leaves {other_log_bytes} bytes in the \
         logs: Lambda's\nstart and report, API Gateway's access log, and CloudWatch's 26 bytes for each line; they are \
         kept for\n{log_months} month. A message takes {} bytes in the table (measured, with DynamoDB's own 100 an item) \
         and is kept for\n{kept_months} months; a file has {file_bytes} bytes and is downloaded {downloads_per_file} \
         times, and uploads cost nothing. Rows of reactions and of\nconversations, indexes and hidden versions of \
         deleted files are left out. The alarms look at {alarm_metrics} metrics. For each\nmessage that is sent:\n\n",
        measured.stored_bytes,
    );
    text.push_str("| Operation | Times a message |\n| --- | --- |\n");
    for (name, times) in &input.per_message {
        let is_known = measured.operations.iter().any(|operation| operation.name == name);
        assert!(is_known, "there is no operation called {name}");
        let _ = writeln!(text, "| {name} | {times} |");
    }
    prices(text, &input.prices);
}

/// What devices cost that are online, beside what their users ask for.
fn sockets(text: &mut String, p: &Prices) {
    // The vendor's SDKs ask every 15 seconds whether the service is there.
    const PINGS_AN_HOUR: f64 = 240.0;
    let (frame, minute) = (p.socket_million_frames.usd / 1e6, p.socket_million_minutes.usd / 1e6);
    let (read, write) = (p.dynamodb_million_read_units.usd / 1e6, p.dynamodb_million_write_units.usd / 1e6);
    let hour = 2.0 * PINGS_AN_HOUR * frame + 60.0 * minute;
    // Who is online, 2 units a user, and the message, as ARCHITECTURE.md has it under "Sockets".
    let told = |devices: f64, units: f64| 1e6 * (devices * frame + units * read);
    text.push_str("\n## Sockets, and what all have read\n\n| What | USD |\n| --- | --- |\n");
    for (what, usd) in [
        ("An hour of a device online", hour),
        ("A month of 1,000 devices that are always online", hour * MONTH_HOURS * 1_000.0),
        ("A month of 1,000 devices, 8 hours on 22 days", hour * 8.0 * 22.0 * 1_000.0),
        ("A million messages between two, told to a device of each", told(2.0, 6.0)),
        ("A million messages in a group with 60 online", told(60.0, 4.0 + 2.0 * 60.0)),
        ("A million messages in a group with 1,000 online", told(1_000.0, 4.0 + 2.0 * 1_000.0)),
        ("A million receipts in a group of up to 30, by which all have come no further", 1e6 * 5.0 * read),
        ("A million receipts in such a group, by which all have come further", 1e6 * (6.0 * read + 6.0 * write)),
    ] {
        let _ = writeln!(text, "| {what} | {} |", if usd < 0.01 { format!("{usd:.6}") } else { format!("{usd:.2}") });
    }
    text.push_str(
        "\nMost of an hour is the pings, which API Gateway answers by itself. Functions that frames and events invoke are in the\n\
         bill above as far as requests cause them. Nothing is paid for while nobody is online, but for receipts in groups: how far\n\
         all have come is noted behind the request, and each note is told as a message is.\n",
    );
}

/// What the template has only where it is asked for.
fn asked_for(text: &mut String, Input { prices, assumptions, .. }: &Input) {
    let gigabytes = assumptions.lambda_megabytes / 1_024.0;
    let metrics = shared::log::METRICS.len() as f64 * prices.metric.usd;
    let ready = MONTH_HOURS * 3_600.0 * gigabytes * prices.lambda_ready_gigabyte_second.usd;
    text.push_str("\n## Only where it is asked for\n\n| What | USD a month |\n| --- | --- |\n");
    let _ =
        writeln!(text, "| The metrics of a function that was called in it, with `MetricsNamespace` | {metrics:.2} |");
    let _ = writeln!(text, "| A process that `deploy/provision.py` keeps ready, beside its requests | {ready:.2} |");
    let _ = writeln!(text, "| A million traces, with `Tracing=Active` | {:.2} |", prices.million_traces.usd);
}

fn prices(text: &mut String, p: &Prices) {
    text.push_str("\n## Prices\n\n| What | USD | Source |\n| --- | --- | --- |\n");
    for price in [
        &p.dynamodb_million_read_units,
        &p.dynamodb_million_write_units,
        &p.dynamodb_stored_gigabyte,
        &p.dynamodb_recovery_gigabyte,
        &p.api_gateway_million_requests,
        &p.socket_million_frames,
        &p.socket_million_minutes,
        &p.lambda_million_requests,
        &p.lambda_gigabyte_second,
        &p.lambda_ready_gigabyte_second,
        &p.logs_gigabyte,
        &p.logs_stored_gigabyte,
        &p.s3_thousand_writes,
        &p.s3_thousand_reads,
        &p.s3_stored_gigabyte,
        &p.transfer_gigabyte,
        &p.alarm,
        &p.dashboard,
        &p.metric,
        &p.million_traces,
    ] {
        let _ = writeln!(text, "| {} | {} | <{}> |", price.what, price.usd, price.source);
    }
}
