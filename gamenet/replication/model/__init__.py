"""What an entity is: fields, schema, the entity itself, and the world that holds them."""
