"""A server in this process, without people at the start of each test."""

from accounts import accounts as accounts
from accounts import running as running
