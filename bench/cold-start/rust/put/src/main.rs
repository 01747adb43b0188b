//! The least that a send can be: parse the body, one conditional put, answer. No key is checked, no permission, no
//! receiver; the TLS backend is the functions' own. With a number as its argument it puts so many items, one after the
//! other.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use lambda_http::{Error, Request, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct NewMessage {
    receiver: String,
    data: Value,
}

fn main() -> Result<(), Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let http =
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let aws = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
        let table = std::env::var("TABLE_NAME")?;
        let (client, table) = (&Client::new(&aws), table.as_str());
        let n_puts = std::env::args().nth(1).map_or(Ok(1), |argument| argument.parse())?;
        lambda_http::run(service_fn(move |req: Request| send(client, table, n_puts, req))).await
    })
}

async fn send(client: &Client, table: &str, n_puts: u32, req: Request) -> Result<String, Error> {
    let new: NewMessage = serde_json::from_slice(req.body())?;
    let mut id = String::new();
    for _ in 0..n_puts {
        id = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos().to_string();
        put(client, table, &new, &id).await?;
    }
    Ok(json!({ "data": { "id": id, "data": new.data } }).to_string())
}

async fn put(client: &Client, table: &str, new: &NewMessage, id: &str) -> Result<(), Error> {
    client
        .put_item()
        .table_name(table)
        .item("pk", AttributeValue::S(format!("BASELINE#{}", new.receiver)))
        .item("sk", AttributeValue::S(id.to_owned()))
        .item("data", AttributeValue::S(new.data.to_string()))
        .condition_expression("attribute_not_exists(pk)")
        .send()
        .await?;
    Ok(())
}
