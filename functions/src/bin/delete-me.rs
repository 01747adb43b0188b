//! The Lambda binary of [`functions::delete_me`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteMe, functions::delete_me::HANDLER)
}
