//! The Lambda binary of [`functions::import_data`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ImportData, functions::import_data::HANDLER)
}
