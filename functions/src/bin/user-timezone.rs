//! The Lambda binary of [`functions::user_timezone`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::UserTimezone, functions::user_timezone::HANDLER)
}
