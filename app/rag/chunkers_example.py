"""The text that is cut at first: short, with what chunkers differ by: headings, a list, code, a table, and a
turn from one thing to another within a paragraph.
"""

EXAMPLE = """# The tide tables of Porth Wen

The harbour of Porth Wen dries out twice a day. Boats that draw more than 1.2 m can enter from about two \
hours before high water until two hours after it. At springs, i.e. around new and full moon, the water \
stands almost five metres above the sill; at neaps it may not reach three. Mrs. Gray, who keeps the harbour \
office, posts the times on the door every Sunday.

## How the times are made

The moon does most of the work. It passes over the harbour about fifty minutes later each day, and so does \
high water. The sun adds its part: when both pull in one line, tides are large. Wind changes all of this. A \
strong south-westerly can hold the ebb back for half an hour, and low pressure lifts the water by about a \
centimetre for each millibar. The bakery on the quay opens at six. Its saffron buns are gone by eight, but a \
second batch comes out at nine. Regulars bring their own bags.

### By hand

- Look up high water at the standard port.
- Add the difference for Porth Wen: 35 minutes at springs, 50 at neaps.
- Add an hour in summer.

### By program

```python
def high_water(standard, moon_age):
    springs = abs((moon_age % 14.77) - 7.38) > 3.7
    return standard + timedelta(minutes=35 if springs else 50)
```

## Heights above the sill

| Tide | High water | Low water |
|------|-----------:|----------:|
| Springs | 4.9 m | dry |
| Neaps | 2.8 m | 0.4 m |

Never rely on one number. Ask at the office, look at the gauge on the wall, and leave a margin.

## Berths

Visitors tie up at the outer wall and pay at the office, 12 a night. There is water on the quay. \
Call on channel 12 before you enter; if nobody answers, somebody is fishing.
"""
