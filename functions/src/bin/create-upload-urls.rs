//! The Lambda binary of [`functions::create_upload_urls`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateUploadUrls, functions::create_upload_urls::HANDLER)
}
