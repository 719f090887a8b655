"""The server: people, intake over HTTP, an API and pages around the engine, which does not know of it.

``touchline serve`` supervises two processes. The *door* (`touchline.server.processes.door`) has the address: it takes
records in, touches the journals only, and passes everything else on. The *web* (`touchline.server.processes.web`) owns
the warehouses, drains the journals into them, and answers. Texts are read in a niced pool of the web's own.

Each folder with an ``apps.py`` is a Django app; apps import only each other's ``facade.py``.
"""
