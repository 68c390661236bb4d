/** The page without its content, which the script adds. */
export const PAGE_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>nnU-Net</title>
<link rel="stylesheet" href="/page.css">
<link rel="icon" href="data:,">
<script type="module" src="/page.js"></script>
</head>
<body>
<main>
<h1>nnU-Net</h1>
<p id="about">Choose an image. It goes to this server only, and is deleted when the label map is done.</p>
<form id="form">
<p id="model-field" hidden><label for="model">Model</label> <select id="model"></select></p>
<p id="model-about"></p>
<div id="drop">
<p id="hint"></p>
<div id="channels"></div>
</div>
<p><label for="format">Label map as</label> <select id="format"></select></p>
<p><button id="predict" type="submit" disabled>Predict</button> <button id="cancel" type="button" hidden>Cancel</button></p>
</form>
<div id="progress-field" hidden><progress id="progress" max="1" aria-label="Progress"></progress></div>
<p id="status" role="status"></p>
<section id="result" hidden aria-labelledby="result-title">
<h2 id="result-title">Volumes</h2>
<table><thead><tr><th scope="col">Label</th><th scope="col">Name</th><th id="size" scope="col" class="number">Volume in ml</th></tr></thead><tbody id="volumes"></tbody></table>
<p><a id="download">Download the label map</a></p>
</section>
<footer>For research. Not a medical device.</footer>
<noscript>This page needs JavaScript. Programs can POST images to /predict.</noscript>
</main>
</body>
</html>
`;
