//! The Lambda binary of [`create_upload_urls`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateUploadUrls, create_upload_urls::HANDLER)
}
