"""What the browser tests ask about."""

from conftest import Server

MANUAL = """# Account security

## Reset a password

Open Settings > Security and choose Reset password. You get an e-mail with a link.
The link in the e-mail is valid for one hour and can be used once.

## Sign in with two factors

Two-factor authentication asks for a code from an authenticator app at each sign-in.
Turn it on under Settings > Security > Two factors.

# Billing

## Change the plan

Only owners of a workspace can change the plan. Open Settings > Billing and choose Change plan.
A new plan begins with the next invoice.

# Limits

## Size of files

A single file may have up to 50 megabytes. Larger files have to be split before they are uploaded.
"""


def add_text(server: Server, name: str, content: str) -> str:
    """Adds a text source and returns its id once it can be found."""
    with server.client() as client:
        body = {"name": name, "type": "text", "content": content}
        source = client.post("/sources", json=body).raise_for_status().json()
        job = server.wait_for_job(client, source["job_id"])
        assert job["status"] == "completed", job["error"]
    return str(source["id"])


def sign_in_link(server: Server) -> str:
    """The link that the command line prints."""
    return f"{server.url}/#key={server.key}"
