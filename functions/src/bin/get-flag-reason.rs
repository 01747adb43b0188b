//! The Lambda binary of [`functions::get_flag_reason`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::GetFlagReason, functions::get_flag_reason::HANDLER)
}
