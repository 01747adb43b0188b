//! The Lambda binary of [`functions::update_flag_reason`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UpdateFlagReason, functions::update_flag_reason::HANDLER)
}
