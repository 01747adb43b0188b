//! The least that a function can be: no AWS, one fixed answer.

use lambda_http::{Error, Request, service_fn};

fn main() -> Result<(), Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(lambda_http::run(service_fn(|_: Request| async { Ok::<_, Error>("Hello") })))
}
