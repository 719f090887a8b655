"""What every request and every answer must hold to, whichever app they are of: headers, hosts, origins, sizes."""
