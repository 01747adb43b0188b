//! The Lambda binary of [`functions::mark_group_delivered`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::MarkGroupDelivered, functions::mark_group_delivered::HANDLER)
}
