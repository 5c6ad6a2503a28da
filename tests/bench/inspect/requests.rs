//! What ordinary programs send, in sizes people argue about: 2 KB requests without an identifier, and
//! bodies of which nothing can be read.

/// A request by what its body is.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) wire: Vec<u8>,
}

/// The three 2 KB requests.
pub(crate) fn ordinary() -> [Sample; 3] {
    let samples = [
        Sample {
            name: "json",
            wire: post("application/json; charset=utf-8", TELEMETRY.as_bytes()),
        },
        Sample {
            name: "form",
            wire: post(
                "application/x-www-form-urlencoded",
                FORM.replace('\n', "").as_bytes(),
            ),
        },
        Sample {
            name: "get",
            wire: GET.replace('\n', "\r\n").into_bytes(),
        },
    ];
    for sample in &samples {
        let size = sample.wire.len();
        assert!(
            (1800..2400).contains(&size),
            "{}: {size} bytes",
            sample.name
        );
    }
    samples
}

/// A request whose body of `length` bytes is noise, as of ciphertext.
pub(crate) fn opaque(length: usize) -> Sample {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let body: Vec<u8> = (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect();
    Sample {
        name: "opaque",
        wire: post("application/octet-stream", &body),
    }
}

fn post(content_type: &str, body: &[u8]) -> Vec<u8> {
    let mut wire = format!(
        "POST /v2/events HTTP/1.1\r\nHost: telemetry.example.com\r\nUser-Agent: okhttp/4.12.0\r\n\
         Accept-Encoding: gzip\r\nConnection: Keep-Alive\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    wire.extend_from_slice(body);
    wire
}

const TELEMETRY: &str = r#"{"schema":"iglu:com.example/payload_data/jsonschema/1-0-4","sent_at":1732683211482,"context":{"app":{"name":"Example Weather","version":"7.31.2","build":"73102","namespace":"com.example.weather"},"library":{"name":"analytics-android","version":"4.11.3"},"locale":"nb-NO","timezone":"Europe/Oslo","os":{"name":"Android","version":"14"},"device":{"manufacturer":"Example","model":"EX-1042","name":"example","type":"android"},"screen":{"density":2.625,"width":1080,"height":2161},"network":{"wifi":true,"cellular":false,"bluetooth":false,"carrier":"Example Mobil"},"userAgent":"Dalvik/2.1.0 (Linux; U; Android 14; EX-1042 Build/UP1A.231005.007)"},"session":{"id":"0c1d2e3f-5b7d-4e2f-8a6b-3f0a9c1e4a5b","index":41,"first":false,"previous":null},"batch":[{"type":"track","event":"Forecast Opened","message":"7d1f6d5e-93a1-4c0e-b7cf-11d2c6a9e0f4","timestamp":"2024-11-27T04:53:31.482Z","properties":{"source":"widget","days":7,"units":"metric","cached":true,"latency_ms":182,"place":"favourite_2","experiment":{"name":"new-map","variant":"b","weight":0.35}}},{"type":"track","event":"Map Moved","message":"c2b7a1d0-0e4f-4a66-9d1c-5e7a3b8c9f21","timestamp":"2024-11-27T04:53:44.019Z","properties":{"zoom":9,"layer":"precipitation","frames":24,"duration_ms":4210,"gesture":"pinch","tiles":[118,119,120,121,134,135,136,137]}},{"type":"screen","name":"Hourly","message":"e8f0b3c4-72d9-4b15-8f3e-a6d5c4b3a291","timestamp":"2024-11-27T04:53:58.700Z","properties":{"scroll_depth":0.82,"ads":[],"errors":[{"code":204,"domain":"ImageLoader","text":"no content for radar frame 17"}],"referrer":"app://weather/home?tab=hourly&from=widget"}}],"metrics":{"heap_mb":84.2,"fps":[59.9,60.0,58.7,60.0],"cold_start_ms":913,"db_ms":[3,2,7,4],"threads":31,"battery":0.67,"charging":false},"integrations":{"All":true,"Example Ads":false},"retry":0}"#;

const FORM: &str = "v=1&tid=UA-1234567-8&cid=555.1732683211&t=event&ec=forecast&ea=open&el=widget%20large&ev=7&an=Example%20Weather
&av=7.31.2&aid=com.example.weather&aiid=com.android.vending&ul=nb-no&sr=1080x2161&vp=1080x1920&sd=24-bit&de=UTF-8&je=0
&dl=https%3A%2F%2Fwww.example.com%2Fforecast%3Fplace%3Doslo%26units%3Dmetric&dr=https%3A%2F%2Fwww.example.org%2Fsearch%3Fq%3Dweather%2Boslo
&dt=Weather%20for%20the%20next%20seven%20days%20in%20Oslo&dh=www.example.com&dp=%2Fforecast%2Foslo&z=1789234561&qt=482&_s=4
&cd1=logged_out&cd2=metric&cd3=dark&cd4=widget_2x4&cd5=2024-11-27T04%3A53%3A31.482%2B01%3A00&cd6=experiment-b&cm1=182&cm2=24&cm3=0.82
&utc=forecast&utv=load&utt=913&utl=cold%20start&plt=1204&dns=31&pdt=12&rrt=0&tcp=44&srt=180&dit=640&clt=702
&message=Could%20not%20load%20frame%2017%20of%20the%20radar%3A%20no%20content%20%28204%29&exf=0&exd=ImageLoader
&session=0c1d2e3f-5b7d-4e2f-8a6b-3f0a9c1e4a5b&seq=41&first=false&tab=hourly&layer=precipitation&zoom=9
&tiles=118%2C119%2C120%2C121%2C134%2C135%2C136%2C137&gesture=pinch&duration=4210&cached=true&days=7&units=metric
&ua=Dalvik%2F2.1.0%20%28Linux%3B%20U%3B%20Android%2014%3B%20EX-1042%20Build%2FUP1A.231005.007%29&carrier=Example%20Mobil&net=wifi
&consent=analytics%3Dtrue%3Bads%3Dfalse%3Bpersonal%3Dfalse&gdpr=1&region=NO-03&currency=NOK&store=play&install=organic&theme=system
&feature%5B0%5D=radar&feature%5B1%5D=uv&feature%5B2%5D=pollen&feature%5B3%5D=tides&feature%5B4%5D=aurora&lang=nb&fmt=json&retry=0
&sig=b7a1d00e4f4a669d1c5e7a3b8c9f21c2&ts=1732683211&tz=60&heap=84.2&fps=59.9&threads=31&battery=67&charging=0
&note=The%20radar%20shows%20rain%20from%20the%20west%2C%20moving%20on%20within%20the%20hour&notelen=62&theme2=dark&compact=false&rows=24&cols=7
&errors=0&warnings=2&last=2024-11-27T04%3A43%3A07.000Z&next=2024-11-27T05%3A43%3A07.000Z&source=yr&model=arome&end=1";

const GET: &str = "GET /api/v3/forecast/hourly?place=oslo&units=metric&lang=nb&days=7&fields=temp,wind,rain,uv,pressure&v=7.31.2 HTTP/1.1
Host: api.example.com
User-Agent: Mozilla/5.0 (Linux; Android 14; EX-1042 Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/119.0.6045.193 Mobile Safari/537.36
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7
Accept-Encoding: gzip, deflate
Accept-Language: nb-NO,nb;q=0.9,no;q=0.8,nn;q=0.7,en-GB;q=0.6,en-US;q=0.5,en;q=0.4
Cache-Control: max-age=0
Connection: keep-alive
Cookie: consent=analytics%3Dtrue%26ads%3Dfalse; theme=dark; units=metric; tab=hourly; _ga=GA1.2.555.1732683211; _gid=GA1.2.902.1732600000; seen=widget,map,radar,uv; ab=new-map:b|ads:a|feed:c; lang=nb; session=0c1d2e3f-5b7d-4e2f-8a6b-3f0a9c1e4a5b
DNT: 1
If-Modified-Since: Wed, 27 Nov 2024 04:43:07 GMT
If-None-Match: W/\"5e7a3b8c9f21c2b7a1d00e4f4a669d1c\"
Referer: http://www.example.com/forecast/oslo?tab=hourly&from=widget&units=metric
Sec-CH-UA: \"Android WebView\";v=\"119\", \"Chromium\";v=\"119\", \"Not?A_Brand\";v=\"24\"
Sec-CH-UA-Mobile: ?1
Sec-CH-UA-Platform: \"Android\"
Sec-Fetch-Dest: empty
Sec-Fetch-Mode: cors
Sec-Fetch-Site: same-site
Upgrade-Insecure-Requests: 1
X-Requested-With: com.example.weather
X-App-Version: 7.31.2 (73102)
X-Client-Features: radar, uv, pollen, tides, aurora, widgets, offline-maps, notifications, wear
X-Trace: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
X-Time-Zone: Europe/Oslo
X-Screen: 1080x2161@2.625
Priority: u=1, i
Via: 1.1 cache.example.com (squid/6.5)
Pragma: no-cache
X-Layout: columns=7; rows=24; chart=bars; compact=false; animations=on; contrast=normal; font-scale=1.15; hand=right
X-Experiments: new-map=b, ads=a, feed=c, onboarding=short, paywall=none, radar-frames=24, tile-cache=large, prefetch=wifi
Forwarded: for=192.0.2.43; proto=http; host=api.example.com; by=203.0.113.60
X-Purpose: prefetch; reason=widget-refresh; interval=1800; battery=ok; metered=no

";
