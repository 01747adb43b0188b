//! The Lambda binary of [`functions::list_flag_reasons`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListFlagReasons, functions::list_flag_reasons::HANDLER)
}
