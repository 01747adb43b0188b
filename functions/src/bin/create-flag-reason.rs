//! The Lambda binary of [`functions::create_flag_reason`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::CreateFlagReason, functions::create_flag_reason::HANDLER)
}
