"""How languages write dates, beside what Django knows."""
