"""How service is done: contact reasons, response and resolution, backlog, first contact resolution, staffing."""
