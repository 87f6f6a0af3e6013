from tests.support import workshop

asked_by, services = workshop.asked_by, workshop.services
