-- Who asks what else happens at a time asks for what ends after its beginning: what is over is never looked at.
create index booking_room_end on booking (tenant, room, to_at);
create index booking_end on booking (tenant, to_at);
