"""The whole product as it is deployed, under attack: four service processes on a PostgreSQL and a RabbitMQ of their
own, a proxy before everything they talk to, a false SMS gateway, and a client that keeps its own books.
"""
