//! The Lambda binary of [`functions::list_threads`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListThreads, functions::list_threads::HANDLER)
}
