//! The Lambda binary of [`functions::list_friends`].

fn main() -> Result<(), lambda_http::Error> {
    shared::lambda::run(shared::routes::Endpoint::ListFriends, functions::list_friends::HANDLER)
}
