-- What SQLite does with values, for PostgreSQL: the functions that compiled rules, filters and
-- sorts call (rules/dialect/postgres.py). No function raises, whatever it is given.
--
-- A *tagged* value is a text that sorts as SQLite sorts values of any type: numbers by size, before
-- texts by their bytes. 't' and the text; or '0' (at least zero) or '-' and the 16 hexadecimal
-- digits of the float64, complemented where negative. rules/dialect/forms.py makes the same.

-- Numbers ----------------------------------------------------------------------------------------

-- The number that a text is as a whole, blanks around it aside; NULL where it is none. Beyond
-- float64 it is infinite or zero.
CREATE OR REPLACE FUNCTION hb_decimal(written text) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    parts text[];
    digits text;
    power int := 0;
    point int;
BEGIN
    IF written ~ '^-?[0-9]{1,17}(\.[0-9]{1,17})?$' THEN
        RETURN written::float8;
    END IF;
    parts := regexp_match(
        written, '^[ \t-\r]*([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?)0*([0-9]+))?[ \t-\r]*$'
    );
    digits := parts[2] || coalesce(parts[3], '');
    IF parts IS NULL OR digits = '' THEN
        RETURN NULL;
    END IF;
    digits := ltrim(digits, '0');
    IF digits = '' OR (length(parts[5]) > 7 AND parts[4] = '-') THEN
        RETURN 0;
    ELSIF length(parts[5]) > 7 THEN
        RETURN (parts[1] || 'Infinity')::float8;
    ELSIF parts[5] IS NOT NULL THEN
        power := (parts[4] || parts[5])::int;
    END IF;
    -- The number is 0.digits * 10^point.
    point := power + length(digits) - length(coalesce(parts[3], ''));
    IF point > 309 OR (point = 309 AND rpad(digits, 20, '0') COLLATE "C" >= '17976931348623158080')
    THEN
        RETURN (parts[1] || 'Infinity')::float8;
    ELSIF point < -322 THEN
        RETURN 0;
    END IF;
    RETURN (parts[1] || '0.' || left(digits, 800) || 'e' || point)::float8;
END $$;

-- A text as a number column is compared with it: what is no number is greater than all numbers.
CREATE OR REPLACE FUNCTION hb_number(written text) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN coalesce(hb_decimal(written), 'Infinity'::float8);
END $$;

-- The text of a float64 that is no integer to SQLite.
CREATE OR REPLACE FUNCTION hb_digits(value float8) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    scientific text;
    shorter text;
    noise text;
    digits text;
    power int;
    sign text := CASE WHEN value < 0 THEN '-' ELSE '' END;
BEGIN
    IF abs(value) = 'Infinity' OR value = 'NaN' THEN
        RETURN nullif(sign || 'Inf', CASE WHEN value = 'NaN' THEN 'Inf' END);
    END IF;
    scientific := trim(to_char(abs(value), '9.9999999999999999EEEE'));
    -- Of 17 digits SQLite drops those that are the noise of a shorter decimal.
    noise := replace(scientific, '.', '');
    IF substr(noise, 15, 2) = '99' THEN
        shorter := trim(to_char(abs(value), '9.9999999999999EEEE'));
    ELSIF substr(noise, 14, 3) = '000' THEN
        shorter := trim(to_char(abs(value), '9.999999999999EEEE'));
    END IF;
    IF hb_decimal(shorter) = abs(value) THEN
        scientific := shorter;
    END IF;
    digits := rtrim(replace(split_part(scientific, 'e', 1), '.', ''), '0');
    digits := CASE WHEN digits = '' THEN '0' ELSE digits END;
    power := split_part(scientific, 'e', 2)::int;
    IF power < -4 OR power > 16 THEN
        RETURN sign || left(digits, 1) || '.' || coalesce(nullif(substr(digits, 2), ''), '0')
            || 'e' || CASE WHEN power < 0 THEN '-' ELSE '+' END
            || CASE WHEN abs(power) < 10 THEN '0' ELSE '' END || abs(power);
    ELSIF power < 0 THEN
        RETURN sign || '0.' || repeat('0', -power - 1) || digits;
    END IF;
    digits := rpad(digits, greatest(power + 1, length(digits)), '0');
    RETURN sign || left(digits, power + 1) || '.'
        || coalesce(nullif(substr(digits, power + 2), ''), '0');
END $$;

-- The text of a number column's value. SQLite keeps whole numbers up to 2^53 as integers.
CREATE OR REPLACE FUNCTION hb_text(value float8) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF abs(value) <= 9007199254740992 AND value = trunc(value) THEN
        RETURN value::bigint::text;
    END IF;
    RETURN hb_digits(value);
END $$;

-- Tagged values ----------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION hb_tagged(value float8) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF value < 0 THEN
        RETURN '-' || translate(
            encode(float8send(value), 'hex'), '0123456789abcdef', 'fedcba9876543210'
        );
    END IF;
    RETURN '0' || encode(float8send(value + 0::float8), 'hex');
END $$;

-- The number of a tagged one.
CREATE OR REPLACE FUNCTION hb_tagged_float(tagged text) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    is_negative boolean := left(tagged, 1) = '-';
    digits text := substr(tagged, 2);
    bits bigint;
    power int;
    fraction bigint;
    size float8;
BEGIN
    IF is_negative THEN
        digits := translate(digits, '0123456789abcdef', 'fedcba9876543210');
    END IF;
    bits := ('x' || digits)::bit(64)::bigint;
    power := ((bits >> 52) & 2047)::int;
    fraction := bits & 4503599627370495;
    IF power = 2047 THEN
        size := 'Infinity';
    ELSIF power = 0 THEN
        size := fraction * power(2::float8, -1074);
    ELSE
        size := (fraction + 4503599627370496) * power(2::float8, power - 1075);
    END IF;
    RETURN CASE WHEN is_negative THEN -size ELSE size END;
END $$;

-- A tagged value as a number column is compared with it.
CREATE OR REPLACE FUNCTION hb_tagged_number(tagged text) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF left(tagged, 1) = 't' THEN
        RETURN hb_number(substr(tagged, 2));
    END IF;
    RETURN hb_tagged_float(tagged);
END $$;

-- A tagged value as text. Tagged numbers come from JSON: whole ones are integers below 2^63.
CREATE OR REPLACE FUNCTION hb_untagged(tagged text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    value float8;
BEGIN
    IF left(tagged, 1) = 't' THEN
        RETURN substr(tagged, 2);
    END IF;
    value := hb_tagged_float(tagged);
    IF abs(value) < 9223372036854775808 AND value = trunc(value) THEN
        RETURN value::bigint::text;
    END IF;
    RETURN hb_digits(value);
END $$;

-- A tagged value as a time value: a number with all its digits.
CREATE OR REPLACE FUNCTION hb_time_text(tagged text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF left(tagged, 1) = 't' THEN
        RETURN substr(tagged, 2);
    END IF;
    RETURN hb_tagged_float(tagged)::text;
END $$;

-- JSON -------------------------------------------------------------------------------------------

-- Whether a text is JSON that `json` functions can work with. Servers from version 16 on can say so
-- without an exception, which costs a subtransaction and no parallel query may have.
DO $$
DECLARE
    check_it text := CASE
        WHEN current_setting('server_version_num')::int >= 160000 THEN
            'RETURN written IS JSON;'
        ELSE
            'PERFORM written::json; RETURN true; EXCEPTION WHEN OTHERS THEN RETURN false;'
    END;
    safety text := CASE
        WHEN current_setting('server_version_num')::int >= 160000 THEN 'SAFE' ELSE 'UNSAFE'
    END;
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION hb_is_json(written text) RETURNS boolean'
        ' LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL %s AS %L',
        safety,
        'BEGIN'
        -- Deeper nesting SQLite takes for malformed, and it would exhaust the stack here.
        ' IF length(written) - length(translate(written, ''[{'', '''')) > 1000'
        -- What no text can hold: U+0000 and surrogates on their own (rare, so all of them).
        ' OR replace(written, ''\\'', '''') ~ ''\\u(0000|[dD][89a-fA-F])'''
        ' THEN RETURN false; END IF; ' || check_it || ' END'
    );
END $$;

CREATE OR REPLACE FUNCTION hb_json(written text) RETURNS json
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF hb_is_json(written) THEN
        RETURN written::json;
    END IF;
    RETURN NULL;
END $$;

-- JSON, or plain text as a JSON string.
CREATE OR REPLACE FUNCTION hb_loose_json(written text) RETURNS json
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF hb_is_json(written) THEN
        RETURN written::json;
    END IF;
    RETURN to_json(written);
END $$;

-- A JSON value as SQLite hands it out: true and false are 1 and 0, null is NULL, objects and arrays
-- are their text.
CREATE OR REPLACE FUNCTION hb_json_tagged(value json) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    CASE json_typeof(value)
        WHEN 'string' THEN RETURN 't' || (value #>> '{}');
        WHEN 'number' THEN RETURN hb_tagged(hb_decimal(value #>> '{}'));
        WHEN 'boolean' THEN RETURN hb_tagged((value #>> '{}')::boolean::int);
        WHEN 'null' THEN RETURN NULL;
        ELSE RETURN 't' || value::text;
    END CASE;
END $$;

CREATE OR REPLACE FUNCTION hb_json_text(value json) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF json_typeof(value) = 'string' THEN
        RETURN value #>> '{}';
    END IF;
    RETURN hb_untagged(hb_json_tagged(value));
END $$;

CREATE OR REPLACE FUNCTION hb_json_number(value json) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF json_typeof(value) = 'number' THEN
        RETURN hb_decimal(value #>> '{}');
    END IF;
    RETURN hb_tagged_number(hb_json_tagged(value));
END $$;

-- The items of an array, the members of an object, or the one value itself, as an array.
CREATE OR REPLACE FUNCTION hb_listed(value json) RETURNS json
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    CASE json_typeof(value)
        WHEN 'array' THEN RETURN value;
        WHEN 'object' THEN RETURN coalesce(
            (SELECT json_agg(member.value) FROM json_each(value) AS member), '[]'
        );
        ELSE RETURN json_build_array(value);
    END CASE;
END $$;

CREATE OR REPLACE FUNCTION hb_items(list json) RETURNS TABLE (value text, place bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 5 AS $$
    SELECT hb_json_tagged(listed.item), listed.place
    FROM json_array_elements(hb_listed(list)) WITH ORDINALITY AS listed (item, place)
$$;

CREATE OR REPLACE FUNCTION hb_item_count(written text) RETURNS int
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF coalesce(written, '') = '' THEN
        RETURN 0;
    ELSIF left(ltrim(written, E' \t\r\n'), 1) = '[' AND hb_is_json(written) THEN
        RETURN json_array_length(written::json);
    END IF;
    RETURN 1;
END $$;

-- Texts ------------------------------------------------------------------------------------------

-- A pattern for LIKE over lower-cased texts. One that ends in a lone escape matches nothing: an
-- upper-case letter does not.
CREATE OR REPLACE FUNCTION hb_pattern(written text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF right(written, 1) = '\' AND (length(written) - length(rtrim(written, '\'))) % 2 = 1 THEN
        RETURN 'A';
    END IF;
    RETURN lower(written COLLATE "C");
END $$;

-- Places -----------------------------------------------------------------------------------------

-- Kilometres on a sphere; NULL for what is no place.
CREATE OR REPLACE FUNCTION hb_geo_distance(lon_a float8, lat_a float8, lon_b float8, lat_b float8)
RETURNS float8 LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    tiny CONSTANT float8 := 1e-150;  -- products of smaller factors would raise an underflow
    radian CONSTANT float8 := 0.017453292519943295;
    sine_a float8;
    sine_b float8;
    cosine float8;
BEGIN
    IF greatest(abs(lon_a), abs(lat_a), abs(lon_b), abs(lat_b)) >= 'Infinity' THEN
        RETURN NULL;  -- NaN is greater still
    END IF;
    lon_a := CASE WHEN abs(lon_a) < tiny THEN 0 ELSE lon_a * radian END;
    lat_a := CASE WHEN abs(lat_a) < tiny THEN 0 ELSE lat_a * radian END;
    lon_b := CASE WHEN abs(lon_b) < tiny THEN 0 ELSE lon_b * radian END;
    lat_b := CASE WHEN abs(lat_b) < tiny THEN 0 ELSE lat_b * radian END;
    sine_a := sin(lat_a);
    sine_b := sin(lat_b);
    cosine := cos(lat_a) * cos(lat_b) * cos(lon_b - lon_a)
        + CASE WHEN least(abs(sine_a), abs(sine_b)) < tiny THEN 0 ELSE sine_a * sine_b END;
    IF cosine < -1 THEN
        RETURN NULL;
    END IF;
    RETURN 6371 * acos(least(1.0, cosine));
END $$;

-- Times ------------------------------------------------------------------------------------------
-- SQLite counts milliseconds of Julian days. What a text says is shown as it was said (the 31st of
-- February, fractions of milliseconds) until a modifier moves it.

CREATE OR REPLACE FUNCTION hb_is_julian(moment bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT moment BETWEEN 0 AND 464269060799999 $$;

-- The moment of a date and time; NULL beyond the years that SQLite knows.
CREATE OR REPLACE FUNCTION hb_julian(
    year int, month int, day int, hour int, minute int, seconds float8
) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    y int := CASE WHEN month <= 2 THEN year - 1 ELSE year END;
    m int := CASE WHEN month <= 2 THEN month + 12 ELSE month END;
    leap_days int := 38 - (y + 4800) / 100 + (y + 4800) / 400;
    days int := 36525 * (y + 4716) / 100 + 306001 * (m + 1) / 10000 + day + leap_days;
BEGIN
    IF year NOT BETWEEN -4713 AND 9999 THEN
        RETURN NULL;
    END IF;
    RETURN days * 86400000::bigint - 131716800000
        + hour * 3600000 + minute * 60000 + trunc(seconds * 1000 + 0.5)::bigint;
END $$;

CREATE OR REPLACE FUNCTION hb_julian_date(moment bigint, OUT year int, OUT month int, OUT day int)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    days int := (moment + 43200000) / 86400000;
    century int := trunc((days + 32044.75) / 36524.25)::int - 52;
    a int := days + 26 + century - (century + 100) / 4;
    b int := a + 1524;
    c int := trunc((b - 122.1) / 365.25);
    d int := 36525 * (c & 32767) / 100;
    e int := trunc((b - d) / 30.6001);
BEGIN
    day := b - d - trunc(30.6001 * e)::int;
    month := CASE WHEN e < 14 THEN e - 1 ELSE e - 13 END;
    year := CASE WHEN month > 2 THEN c - 4716 ELSE c - 4715 END;
END $$;

-- HH:MM[:SS[.fraction]][zone]; hour is NULL where a text is something else. The zone is in minutes.
CREATE OR REPLACE FUNCTION hb_clock(
    written text, OUT hour int, OUT minute int, OUT seconds float8, OUT zone int
) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    parts text[] := regexp_match(
        written,
        '^([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?[ \t-\r]*'
        '(?:[zZ]|([+-])([0-9]{2}):([0-9]{2}))?[ \t-\r]*$'
    );
BEGIN
    IF (parts[1] < '24' OR written ~ '^24:00(:00(\.0+)?)?([^0-9:.]|$)') AND parts[2]::int <= 59 AND coalesce(parts[3]::int, 0) <= 59
        AND coalesce(parts[6]::int, 0) <= 14 AND coalesce(parts[7]::int, 0) <= 59
    THEN
        hour := parts[1];
        minute := parts[2];
        seconds := coalesce(parts[3], '0')::int
            + least(('0.' || left(coalesce(parts[4], '0'), 17))::float8, 0.999);
        zone := coalesce((parts[5] || (parts[6]::int * 60 + parts[7]::int))::int, 0);
    END IF;
END $$;

-- How far a day is behind the last one of its month, if the month does not have it.
CREATE OR REPLACE FUNCTION hb_days_over(year int, month int, day int) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN day <= 28 OR month IN (1, 3, 5, 7, 8, 10, 12) THEN 0
        WHEN month <> 2 THEN (day = 31)::int
        WHEN year % 4 <> 0 OR (year % 100 = 0 AND year % 400 <> 0) THEN day - 28
        ELSE day - 29
    END
$$;

-- A time value after its modifiers; moment is NULL where SQLite says NULL. Local time is UTC.
CREATE OR REPLACE FUNCTION hb_moment(
    written text, modifiers text[],
    OUT moment bigint, OUT year int, OUT month int, OUT day int,
    OUT hour int, OUT minute int, OUT seconds float8, OUT has_fractions boolean
) LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    now_moment CONSTANT bigint :=
        floor(extract(epoch FROM statement_timestamp()) * 1000)::bigint + 210866760000000;
    raw float8;           -- a number that may be a Julian day or seconds since 1970
    days_over int := 0;   -- what the modifier "floor" takes back
    zone int := 0;
    is_mere_time boolean := false;
    held_back int;
    parts text[];
    modifier text;
    amount float8;
    whole int;
    place int := 0;
BEGIN
    has_fractions := false;
    parts := regexp_match(
        written, '^(-?)([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T \t-\r]*)(.*)$'
    );
    IF parts[3]::int BETWEEN 1 AND 12 AND parts[4]::int BETWEEN 1 AND 31 THEN
        year := parts[1] || parts[2];
        month := parts[3];
        day := parts[4];
        IF parts[5] <> '' THEN
            SELECT * INTO hour, minute, seconds, zone FROM hb_clock(parts[5]);
        END IF;
    ELSE
        parts := NULL;
        SELECT * INTO hour, minute, seconds, zone FROM hb_clock(written);
    END IF;
    IF hour IS NOT NULL OR parts[5] = '' THEN
        moment := hb_julian(
            coalesce(year, 2000), coalesce(month, 1), coalesce(day, 1),
            coalesce(hour, 0), coalesce(minute, 0), coalesce(seconds, 0)
        );
        days_over := coalesce(hb_days_over(year, month, day), 0);
        is_mere_time := year IS NULL;
        IF zone <> 0 OR hour = 24 THEN
            moment := moment - zone * 60000;
            year := NULL;
            hour := NULL;
        END IF;
    ELSIF lower(written COLLATE "C") IN ('now', 'subsec', 'subsecond') THEN
        moment := now_moment;
        has_fractions := lower(written COLLATE "C") <> 'now';
    ELSE
        raw := hb_decimal(written);
        IF raw >= 0 AND raw < 5373484.5 THEN
            moment := trunc(raw * 86400000 + 0.5);
        ELSIF raw IS NULL THEN
            RETURN;
        END IF;
        year := NULL;
        hour := NULL;
    END IF;
    FOREACH modifier IN ARRAY modifiers LOOP
        place := place + 1;
        modifier := lower(modifier COLLATE "C");
        IF modifier IN ('auto', 'unixepoch', 'julianday') THEN
            IF place > 1 OR (raw IS NULL AND modifier <> 'auto')
                OR (moment IS NULL AND modifier = 'julianday')
            THEN
                moment := NULL;
                RETURN;
            ELSIF modifier = 'unixepoch' OR (modifier = 'auto' AND moment IS NULL) THEN
                IF modifier = 'auto' AND raw NOT BETWEEN -210866760000 AND 253402300799
                    OR raw * 1000.0 + 210866760000000.0 < 0
                    OR raw * 1000.0 + 210866760000000.0 >= 464269060800000.0
                THEN
                    moment := NULL;
                    RETURN;
                END IF;
                moment := trunc(raw * 1000.0 + 210866760000000.0 + 0.5);
            END IF;
            raw := NULL;
            CONTINUE;
        ELSIF modifier IN ('subsec', 'subsecond') THEN
            has_fractions := true;
            CONTINUE;
        ELSIF moment IS NULL THEN
            RETURN;
        END IF;
        -- The others need the date and the time of day. These forget the zone of a mere time.
        raw := NULL;
        IF is_mere_time AND modifier LIKE 'start of %' THEN
            moment := hb_julian(2000, 1, 1, 0, 0, 0);
        ELSIF is_mere_time AND modifier ~ '^(weekday |[+-][0-9]{4,5}-)' THEN
            moment := moment + zone * 60000;
        END IF;
        held_back := CASE WHEN is_mere_time AND modifier ~ '^[+-][0-9]{4,5}-' THEN zone ELSE 0 END;
        is_mere_time := false;
        IF year IS NULL AND modifier NOT IN ('localtime', 'utc', 'ceiling', 'floor') THEN
            IF modifier ~ '^(weekday |start of |[+-]\d{4,5}-|.*[ \t-\r](month|year)s?$)'
                AND NOT hb_is_julian(moment)
            THEN
                moment := NULL;
                RETURN;
            END IF;
            SELECT * INTO year, month, day FROM hb_julian_date(moment);
        END IF;
        IF hour IS NULL THEN
            hour := (moment + 43200000) % 86400000 / 3600000;
            minute := (moment + 43200000) % 3600000 / 60000;
            seconds := (moment + 43200000) % 60000 / 1000.0;
        END IF;
        IF modifier ~ '^start of (month|year|day)$' THEN
            IF modifier <> 'start of day' THEN
                day := 1;
                month := CASE WHEN modifier = 'start of year' THEN 1 ELSE month END;
            END IF;
            hour := 0;
            minute := 0;
            seconds := 0;
            moment := hb_julian(year, month, day, 0, 0, 0);
            CONTINUE;
        ELSIF modifier IN ('localtime', 'utc', 'ceiling') THEN
            days_over := CASE WHEN modifier = 'ceiling' THEN 0 ELSE days_over END;
        ELSIF modifier = 'floor' THEN
            moment := moment - days_over * 86400000::bigint;
        ELSIF modifier LIKE 'weekday %' THEN
            amount := hb_decimal(substr(modifier, 9));
            IF amount IS NULL OR amount < 0 OR amount >= 7 OR amount <> trunc(amount) THEN
                moment := NULL;
                RETURN;
            END IF;
            whole := (moment + 129600000) / 86400000 % 7;
            whole := CASE WHEN whole > amount THEN whole - 7 ELSE whole END;
            moment := moment + (amount - whole)::bigint * 86400000;
        ELSE
            SELECT shifted.moment, shifted.days_over INTO moment, days_over
            FROM hb_shifted(
                modifier, moment, year, month, day, hour, minute, seconds
            ) AS shifted;
            IF moment IS NULL THEN
                RETURN;
            END IF;
            moment := moment - held_back * 60000;  -- a zone that comes after the date has moved
        END IF;
        year := NULL;
        hour := NULL;
    END LOOP;
    IF raw IS NOT NULL AND moment IS NULL OR NOT hb_is_julian(moment) THEN
        moment := NULL;
        RETURN;
    END IF;
    IF year IS NULL OR (place = 0 AND day > 28) THEN
        SELECT * INTO year, month, day FROM hb_julian_date(moment);
    END IF;
    IF hour IS NULL THEN
        hour := (moment + 43200000) % 86400000 / 3600000;
        minute := (moment + 43200000) % 3600000 / 60000;
        seconds := (moment + 43200000) % 60000 / 1000.0;
    END IF;
END $$;

-- A moment after a modifier like '+1 month', '-0001-02-03 04:05' or '+04:05:06.789'.
CREATE OR REPLACE FUNCTION hb_shifted(
    modifier text, INOUT moment bigint, year int, month int, day int,
    hour int, minute int, seconds float8, OUT days_over int
) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    sign int := CASE WHEN modifier LIKE '-%' THEN -1 ELSE 1 END;
    parts text[];
    clock record;
    amount float8;
    unit text;
    most real;
    per_unit int;
BEGIN
    days_over := 0;
    parts := regexp_match(
        modifier, '^[+-]([0-9]{4,5})-([0-9]{2})-([0-9]{2})(?:[ \t-\r](.*))?$'
    );
    IF parts IS NOT NULL THEN
        IF parts[1]::int > 14712 OR parts[2]::int > 11 OR parts[3]::int > 30 THEN
            moment := NULL;
            RETURN;
        END IF;
        year := year + sign * parts[1]::int;
        month := month + sign * parts[2]::int;
        year := year + CASE WHEN month > 0 THEN (month - 1) / 12 ELSE (month - 12) / 12 END;
        month := month - 12 * CASE WHEN month > 0 THEN (month - 1) / 12 ELSE (month - 12) / 12 END;
        days_over := hb_days_over(year, month, day);
        moment := hb_julian(year, month, day, hour, minute, seconds)
            + sign * parts[3]::int * 86400000::bigint;
        IF parts[4] IS NULL THEN
            RETURN;
        END IF;
        modifier := CASE WHEN sign < 0 THEN '-' ELSE '+' END || parts[4];
    END IF;
    IF modifier ~ '^[+-]?[0-9]{2}:' THEN
        SELECT * INTO clock FROM hb_clock(ltrim(modifier, '+-'));
        moment := moment + sign * (
            (clock.hour * 3600000 + clock.minute * 60000 + trunc(clock.seconds * 1000 + 0.5)::bigint
                - clock.zone * 60000 + 86400000) % 86400000
        );
        RETURN;
    END IF;
    parts := regexp_match(modifier, '^([0-9+-][^: \t-\r]*)[ \t-\r]+([a-z]{3,10})$');
    amount := hb_decimal(parts[1]);
    unit := CASE WHEN length(parts[2]) > 3 THEN regexp_replace(parts[2], 's$', '') ELSE parts[2] END;
    SELECT known.most, known.per_unit INTO most, per_unit FROM (VALUES
        ('second', 4.6427e+14::real, 1), ('minute', 7.7379e+12, 60), ('hour', 1.2897e+11, 3600),
        ('day', 5373485, 86400), ('month', 176546, 2592000), ('year', 14713, 31536000)
    ) AS known (name, most, per_unit) WHERE known.name = unit;
    IF most IS NULL OR amount IS NULL OR abs(amount) >= most THEN
        moment := NULL;
        RETURN;
    END IF;
    IF unit IN ('month', 'year') THEN
        IF unit = 'month' THEN
            month := month + trunc(amount)::int;
            year := year + CASE WHEN month > 0 THEN (month - 1) / 12 ELSE (month - 12) / 12 END;
            month := month
                - 12 * CASE WHEN month > 0 THEN (month - 1) / 12 ELSE (month - 12) / 12 END;
        ELSE
            year := year + trunc(amount)::int;
        END IF;
        days_over := hb_days_over(year, month, day);
        moment := hb_julian(year, month, day, hour, minute, seconds);
    END IF;
    moment := moment + trunc(
        CASE WHEN unit IN ('month', 'year') THEN amount - trunc(amount) ELSE amount END
            * 1000.0::float8 * per_unit + CASE WHEN amount < 0 THEN -0.5 ELSE 0.5 END
    )::bigint;
END $$;

CREATE OR REPLACE FUNCTION hb_strftime(format text, written text, modifiers text[]) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    t record;
    thursday record;
    day_of_year int;
    days_after_monday int;
    hour_12 int;
    result text := '';
    rest text := format;
    position int;
    part text;
BEGIN
    IF format IS NULL OR written IS NULL OR array_position(modifiers, NULL) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    t := hb_moment(written, modifiers);
    IF t.moment IS NULL THEN
        RETURN NULL;
    END IF;
    day_of_year := (t.moment - hb_julian(t.year, 1, 1, t.hour, t.minute, t.seconds) + 43200000)
        / 86400000;
    days_after_monday := (t.moment + 43200000) / 86400000 % 7;
    hour_12 := (t.hour + 11) % 12 + 1;
    LOOP
        position := strpos(rest, '%');
        EXIT WHEN position = 0;
        CASE substr(rest, position + 1, 1)
            WHEN 'd' THEN part := to_char(t.day, 'FM00');
            WHEN 'e' THEN part := lpad(t.day::text, 2);
            WHEN 'f' THEN part := to_char(least(t.seconds, 59.999)::numeric, 'FM00.000');
            WHEN 'F' THEN part := hb_year(t.year) || to_char(t.month, '"-"FM00')
                || to_char(t.day, '"-"FM00');
            WHEN 'G', 'g' THEN
                thursday := hb_julian_date(t.moment + (3 - days_after_monday) * 86400000::bigint);
                part := CASE WHEN substr(rest, position + 1, 1) = 'G'
                    THEN hb_year(thursday.year) ELSE CASE WHEN thursday.year % 100 < 0 THEN (thursday.year % 100)::text
                        ELSE to_char(thursday.year % 100, 'FM00') END END;
            WHEN 'H' THEN part := to_char(t.hour, 'FM00');
            WHEN 'k' THEN part := lpad(t.hour::text, 2);
            WHEN 'I' THEN part := to_char(hour_12, 'FM00');
            WHEN 'l' THEN part := lpad(hour_12::text, 2);
            WHEN 'j' THEN part := to_char(day_of_year + 1, 'FM000');
            WHEN 'J' THEN part := hb_julian_day(t.moment);
            WHEN 'm' THEN part := to_char(t.month, 'FM00');
            WHEN 'M' THEN part := to_char(t.minute, 'FM00');
            WHEN 'p' THEN part := CASE WHEN t.hour >= 12 THEN 'PM' ELSE 'AM' END;
            WHEN 'P' THEN part := CASE WHEN t.hour >= 12 THEN 'pm' ELSE 'am' END;
            WHEN 'R' THEN part := to_char(t.hour, 'FM00') || to_char(t.minute, '":"FM00');
            WHEN 's' THEN part := CASE WHEN t.has_fractions
                THEN round((t.moment - 210866760000000)::numeric / 1000, 3)::text
                ELSE (t.moment / 1000 - 210866760000)::text END;
            WHEN 'S' THEN part := to_char(trunc(t.seconds)::int, 'FM00');
            WHEN 'T' THEN part := to_char(t.hour, 'FM00') || to_char(t.minute, '":"FM00')
                || to_char(trunc(t.seconds)::int, '":"FM00');
            WHEN 'u' THEN part := days_after_monday + 1;
            WHEN 'U' THEN
                part := to_char((day_of_year + 7 - (days_after_monday + 1) % 7) / 7, 'FM00');
            WHEN 'V' THEN
                thursday := hb_julian_date(t.moment + (3 - days_after_monday) * 86400000::bigint);
                part := to_char(((t.moment + (3 - days_after_monday) * 86400000::bigint
                    - hb_julian(thursday.year, 1, 1, t.hour, t.minute, t.seconds) + 43200000)
                    / 86400000) / 7 + 1, 'FM00');
            WHEN 'w' THEN part := (days_after_monday + 1) % 7;
            WHEN 'W' THEN part := to_char((day_of_year + 7 - days_after_monday) / 7, 'FM00');
            WHEN 'Y' THEN part := hb_year(t.year);
            WHEN '%' THEN part := '%';
            ELSE RETURN NULL;
        END CASE;
        result := result || left(rest, position - 1) || part;
        rest := substr(rest, position + 2);
    END LOOP;
    RETURN result || rest;
END $$;

CREATE OR REPLACE FUNCTION hb_year(year int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN year < 0 THEN '-' || lpad((-year)::text, greatest(3, length((-year)::text)), '0')
        ELSE lpad(year::text, 4, '0') END
$$;

-- A moment in Julian days, with 16 digits.
CREATE OR REPLACE FUNCTION hb_julian_day(moment bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    digits text := trim(to_char(moment / 86400000.0::float8, '9.999999999999999EEEE'));
    power int := split_part(digits, 'e', 2)::int;
    mantissa text := rtrim(rtrim(split_part(digits, 'e', 1), '0'), '.');
BEGIN
    IF moment = 0 THEN
        RETURN '0';
    ELSIF power < -4 THEN
        RETURN mantissa || 'e-' || lpad((-power)::text, 2, '0');
    END IF;
    RETURN trim_scale(digits::numeric)::text;
END $$;

-- What views compute -----------------------------------------------------------------------------

-- The number that a text begins with, else 0.
CREATE OR REPLACE FUNCTION hb_cast(written text) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN coalesce(hb_decimal(substring(
        written from '^[ \t-\r]*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)'
    )), 0);
END $$;

CREATE OR REPLACE FUNCTION hb_tagged_cast(tagged text) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF left(tagged, 1) = 't' THEN
        RETURN hb_cast(substr(tagged, 2));
    END IF;
    RETURN hb_tagged_float(tagged);
END $$;

-- The whole part of a number, within 64 bits.
CREATE OR REPLACE FUNCTION hb_whole(value float8) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN trunc(least(greatest(value, -9223372036854775808), 9223372036854775807)) + 0;
END $$;

-- Whether two numbers can be computed with as they are: PostgreSQL raises where a result would be
-- beyond float64, or too small for one.
CREATE OR REPLACE FUNCTION hb_is_tame(a float8, b float8) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT greatest(abs(a), abs(b)) < 1e150
        AND (a = 0 OR abs(a) > 1e-150) AND (b = 0 OR abs(b) > 1e-150)
$$;

CREATE OR REPLACE FUNCTION hb_add(a float8, b float8) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF greatest(abs(a), abs(b)) < 8e307 THEN
        RETURN a + b;
    ELSIF greatest(abs(a), abs(b)) >= 'Infinity' THEN
        RETURN CASE WHEN abs(a) >= 'Infinity' THEN a ELSE b END;
    END IF;
    RETURN hb_decimal((a::numeric + b::numeric)::text);
END $$;

CREATE OR REPLACE FUNCTION hb_subtract(a float8, b float8) RETURNS float8
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT hb_add(a, -b) $$;

CREATE OR REPLACE FUNCTION hb_multiply(a float8, b float8) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF hb_is_tame(a, b) THEN
        RETURN a * b;
    ELSIF greatest(abs(a), abs(b)) >= 'Infinity' THEN
        RETURN CASE WHEN a = 0 OR b = 0 THEN NULL ELSE sign(a) * sign(b) * 'Infinity'::float8 END;
    END IF;
    RETURN hb_decimal((a::numeric * b::numeric)::text);
END $$;

CREATE OR REPLACE FUNCTION hb_divide_real(a float8, b float8) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF b = 0 THEN
        RETURN NULL;
    ELSIF hb_is_tame(a, b) THEN
        RETURN a / b;
    ELSIF greatest(abs(a), abs(b)) >= 'Infinity' THEN
        RETURN CASE
            WHEN abs(b) >= 'Infinity' AND abs(a) >= 'Infinity' THEN NULL
            WHEN abs(b) >= 'Infinity' THEN 0 ELSE a * sign(b) END;
    END IF;
    RETURN hb_decimal((a::numeric / b::numeric)::text);
END $$;

-- Whole numbers are divided without a rest.
CREATE OR REPLACE FUNCTION hb_divide(a float8, b float8) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF a = trunc(a) AND b = trunc(b) AND greatest(abs(a), abs(b)) <= 9007199254740992 THEN
        RETURN trunc(a / nullif(b, 0)) + 0;
    END IF;
    RETURN hb_divide_real(a, b);
END $$;

CREATE OR REPLACE FUNCTION hb_remainder(a float8, b float8) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    a := hb_whole(a);
    b := hb_whole(b);
    IF b = 0 THEN
        RETURN NULL;
    END IF;
    RETURN (a::numeric % b::numeric)::float8;
END $$;

CREATE OR REPLACE FUNCTION hb_round(value float8, digits float8 DEFAULT 0) RETURNS float8
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF NOT abs(value) < 4503599627370496 THEN
        RETURN value;
    END IF;
    RETURN round(value::numeric, greatest(least(trunc(digits), 30), 0)::int)::float8 + 0;
END $$;

-- Some characters of a text: from a place, counted from its end where that is negative; those before
-- it where the length is negative.
CREATE OR REPLACE FUNCTION hb_substr(written text, place float8, size float8 DEFAULT 1e9)
RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    first bigint := trunc(greatest(least(place, 1e9), -1e9));
    length bigint := abs(trunc(greatest(least(size, 1e9), -1e9)));
BEGIN
    IF first < 0 THEN
        first := first + length(written);
        IF first < 0 THEN
            length := greatest(length + first, 0);
            first := 0;
        END IF;
    ELSIF first > 0 THEN
        first := first - 1;
    ELSIF length > 0 THEN
        length := length - 1;
    END IF;
    IF size < 0 THEN
        first := first - length;
        IF first < 0 THEN
            length := length + first;
            first := 0;
        END IF;
    END IF;
    RETURN substr(written, first::int + 1, greatest(length, 0)::int);
END $$;

CREATE OR REPLACE FUNCTION hb_json_length(written text) RETURNS int
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF json_typeof(hb_json(written)) = 'array' THEN
        RETURN json_array_length(written::json);
    END IF;
    RETURN CASE WHEN hb_is_json(written) THEN 0 END;
END $$;
