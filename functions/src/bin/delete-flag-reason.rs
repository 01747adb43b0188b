//! The Lambda binary of [`functions::delete_flag_reason`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::DeleteFlagReason, functions::delete_flag_reason::HANDLER)
}
