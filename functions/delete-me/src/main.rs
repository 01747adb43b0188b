//! The Lambda binary of [`delete_me`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteMe, delete_me::HANDLER)
}
